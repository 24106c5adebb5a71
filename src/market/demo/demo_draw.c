/* Pictures: simple technical drawings, one per kind and colour, made by the program itself. */
#include "market/catalogue/catalogue.h"
#include "market/demo/plan.h"

#include <gd.h>
#include <math.h>

struct pen {
	gdImagePtr im;
	int ink, body, shade, light, paper;
};
enum { CX = DRAW_WIDTH / 2, CY = DRAW_HEIGHT / 2 };
#define TURN 6.283185307179586

static gdPoint around(int x, int y, double radius, double turn)
{
	return (gdPoint){x + (int)lround(radius * cos(TURN * turn)),
		y + (int)lround(radius * sin(TURN * turn))};
}

static void box(const struct pen *p, int x, int y, int w, int h, int colour)
{
	gdImageFilledRectangle(p->im, x, y, x + w, y + h, colour);
	gdImageSetThickness(p->im, 4);
	gdImageRectangle(p->im, x, y, x + w, y + h, p->ink);
}

static void disc(const struct pen *p, int x, int y, int radius, int colour)
{
	gdImageFilledEllipse(p->im, x, y, 2 * radius + 4, 2 * radius + 4, p->ink);
	gdImageFilledEllipse(p->im, x, y, 2 * radius - 4, 2 * radius - 4, colour);
}

static void shape(const struct pen *p, gdPoint *v, int n, int colour)
{
	gdImageFilledPolygon(p->im, v, n, colour);
	gdImageSetThickness(p->im, 4);
	gdImagePolygon(p->im, v, n, p->ink);
}

static void line(const struct pen *p, int x1, int y1, int x2, int y2, int thick)
{
	gdImageSetThickness(p->im, thick);
	gdImageLine(p->im, x1, y1, x2, y2, p->ink);
}

static void hexagon(const struct pen *p, int radius, int colour)
{
	gdPoint v[6];

	for (int i = 0; i < 6; i++)
		v[i] = around(CX, CY, radius, i / 6.0);
	shape(p, v, 6, colour);
}

static void bolt(const struct pen *p)
{
	box(p, 110, 165, 80, 150, p->body);
	line(p, 110, 202, 190, 202, 3);
	line(p, 110, 278, 190, 278, 3);
	box(p, 190, 200, 330, 80, p->light);
	for (int x = 250; x < 516; x += 16)
		line(p, x, 200, x + 10, 280, 3);
}

static void nut(const struct pen *p)
{
	hexagon(p, 160, p->body);
	disc(p, CX, CY, 100, p->light);
	disc(p, CX, CY, 78, p->paper);
}

static void washer(const struct pen *p)
{
	disc(p, CX, CY, 165, p->body);
	disc(p, CX, CY, 140, p->light);
	disc(p, CX, CY, 70, p->paper);
}

static void pin(const struct pen *p)
{
	gdPoint v[] = {{90, 215}, {110, 200}, {530, 200}, {550, 215}, {550, 265}, {530, 280},
		{110, 280}, {90, 265}};

	shape(p, v, 8, p->body);
	gdImageFilledRectangle(p->im, 112, 212, 528, 226, p->light);
}

static void bearing(const struct pen *p)
{
	disc(p, CX, CY, 175, p->body);
	disc(p, CX, CY, 142, p->paper);
	for (int i = 0; i < 10; i++) {
		gdPoint at = around(CX, CY, 116, i / 10.0);

		disc(p, at.x, at.y, 25, p->light);
	}
	disc(p, CX, CY, 91, p->body);
	disc(p, CX, CY, 60, p->paper);
}

static void gear(const struct pen *p)
{
	gdPoint v[72];

	for (int i = 0; i < 18; i++)
		for (int k = 0; k < 4; k++)
			v[4 * i + k] = around(
				CX, CY, k == 1 || k == 2 ? 178 : 148, (i + k * 0.25 - 0.1) / 18.0);
	shape(p, v, 72, p->body);
	disc(p, CX, CY, 105, p->light);
	disc(p, CX, CY, 42, p->paper);
	box(p, CX - 10, CY - 56, 20, 20, p->paper);
}

static void belt(const struct pen *p)
{
	gdImageSetThickness(p->im, 26);
	gdImageLine(p->im, 200, 142, 440, 142, p->body);
	gdImageLine(p->im, 200, 338, 440, 338, p->body);
	gdImageArc(p->im, 200, CY, 196, 196, 90, 270, p->body);
	gdImageArc(p->im, 440, CY, 196, 196, 270, 90, p->body);
	disc(p, 200, CY, 82, p->light);
	disc(p, 440, CY, 82, p->light);
	disc(p, 200, CY, 26, p->paper);
	disc(p, 440, CY, 26, p->paper);
	for (int x = 200; x <= 440; x += 24) {
		line(p, x, 155, x, 168, 6);
		line(p, x, 312, x, 325, 6);
	}
}

static void cable(const struct pen *p)
{
	static const int dx[] = {0, 34, 17, -17, -34, -17, 17}, dy[] = {0, 0, 30, 30, 0, -30, -30};

	box(p, 80, 180, 330, 120, p->body);
	gdImageFilledRectangle(p->im, 84, 196, 406, 212, p->light);
	disc(p, 440, CY, 78, p->body);
	disc(p, 440, CY, 62, p->paper);
	for (int i = 0; i < 7; i++)
		disc(p, 440 + dx[i], CY + dy[i], 16, i % 2 ? p->shade : p->light);
}

static void enclosure(const struct pen *p)
{
	gdPoint side[] = {{440, 90}, {500, 60}, {500, 350}, {440, 390}},
		top[] = {{160, 90}, {220, 60}, {500, 60}, {440, 90}};

	shape(p, side, 4, p->shade);
	shape(p, top, 4, p->light);
	box(p, 160, 90, 280, 300, p->body);
	box(p, 180, 112, 240, 256, p->light);
	disc(p, 400, 180, 9, p->paper);
	disc(p, 400, 300, 9, p->paper);
}

static void breaker(const struct pen *p)
{
	box(p, 245, 70, 150, 340, p->light);
	box(p, 245, 150, 150, 180, p->body);
	box(p, 290, 190, 60, 100, p->paper);
	box(p, 300, 200, 40, 44, p->ink);
	disc(p, CX, 110, 20, p->shade);
	disc(p, CX, 370, 20, p->shade);
}

static void lamp(const struct pen *p)
{
	gdPoint v[] = {{250, 150}, {390, 150}, {500, 300}, {140, 300}};

	line(p, CX, 60, CX, 150, 8);
	shape(p, v, 4, p->body);
	box(p, 140, 300, 360, 24, p->light);
	for (int i = 0; i < 7; i++)
		line(p, 170 + i * 50, 344, 152 + i * 56, 396, 4);
}

static void board(const struct pen *p)
{
	box(p, 120, 100, 400, 280, p->body);
	box(p, 250, 180, 110, 110, p->ink);
	box(p, 400, 140, 70, 50, p->light);
	box(p, 400, 220, 70, 50, p->light);
	box(p, 100, 150, 60, 60, p->paper);
	box(p, 100, 250, 60, 60, p->paper);
	for (int x = 190; x < 500; x += 18)
		disc(p, x, 355, 5, p->light);
	for (int i = 0; i < 5; i++)
		line(p, 160, 160 + i * 10, 250, 190 + i * 18, 2);
}

static void chip(const struct pen *p)
{
	for (int i = 0; i < 8; i++) {
		box(p, 190 + i * 34, 120, 14, 40, p->light);
		box(p, 190 + i * 34, 320, 14, 40, p->light);
	}
	box(p, 165, 155, 310, 170, p->body);
	disc(p, 195, 185, 11, p->paper);
	line(p, 250, 240, 400, 240, 3);
}

static void resistor(const struct pen *p)
{
	box(p, 150, 180, 340, 120, p->light);
	box(p, 150, 180, 70, 120, p->shade);
	box(p, 420, 180, 70, 120, p->shade);
	box(p, 220, 180, 200, 120, p->body);
	line(p, 270, 225, 370, 225, 5);
	line(p, 290, 250, 350, 250, 5);
}

static void connector(const struct pen *p)
{
	disc(p, CX, CY, 165, p->body);
	disc(p, CX, CY, 130, p->paper);
	for (int i = 0; i < 5; i++) {
		gdPoint at = around(CX, CY, i ? 70 : 0, i / 4.0 + 0.125);

		disc(p, at.x, at.y, 20, p->light);
	}
	box(p, CX - 16, CY - 150, 32, 30, p->body);
}

static void valve(const struct pen *p)
{
	gdPoint lever[] = {{310, 100}, {540, 84}, {540, 110}, {330, 128}};

	box(p, 110, 210, 420, 110, p->light);
	box(p, 90, 190, 70, 150, p->body);
	box(p, 480, 190, 70, 150, p->body);
	disc(p, CX, 265, 96, p->body);
	box(p, 300, 120, 40, 70, p->light);
	shape(p, lever, 4, p->shade);
}

static void pipe_drawing(const struct pen *p)
{
	box(p, 90, 150, 400, 180, p->body);
	gdImageFilledRectangle(p->im, 94, 170, 486, 200, p->light);
	gdImageFilledEllipse(p->im, 490, CY, 90, 184, p->ink);
	gdImageFilledEllipse(p->im, 490, CY, 82, 176, p->body);
	gdImageFilledEllipse(p->im, 490, CY, 56, 128, p->paper);
}

static void cylinder(const struct pen *p)
{
	box(p, 120, 170, 40, 150, p->shade);
	box(p, 160, 180, 220, 130, p->body);
	gdImageFilledRectangle(p->im, 164, 196, 376, 216, p->light);
	box(p, 380, 170, 40, 150, p->shade);
	box(p, 420, 228, 130, 34, p->light);
	box(p, 545, 218, 30, 54, p->shade);
	disc(p, 140, 150, 14, p->paper);
	disc(p, 400, 150, 14, p->paper);
}

static void gauge(const struct pen *p)
{
	box(p, CX - 22, 370, 44, 60, p->shade);
	disc(p, CX, 220, 165, p->body);
	disc(p, CX, 220, 140, p->paper);
	for (int i = 0; i <= 10; i++) {
		gdPoint from = around(CX, 220, 112, 0.375 + i * 0.075),
			to = around(CX, 220, 130, 0.375 + i * 0.075);

		line(p, from.x, from.y, to.x, to.y, 5);
	}
	gdPoint needle = around(CX, 220, 100, 0.86);

	line(p, CX, 220, needle.x, needle.y, 8);
	disc(p, CX, 220, 15, p->shade);
}

static void carton(const struct pen *p)
{
	gdPoint front[] = {{130, 180}, {340, 220}, {340, 410}, {130, 360}},
		side[] = {{340, 220}, {510, 170}, {510, 350}, {340, 410}},
		top[] = {{130, 180}, {310, 130}, {510, 170}, {340, 220}},
		tape[] = {{210, 196}, {255, 204}, {425, 153}, {385, 145}};

	shape(p, front, 4, p->body);
	shape(p, side, 4, p->shade);
	shape(p, top, 4, p->light);
	shape(p, tape, 4, p->paper);
}

static void roll(const struct pen *p)
{
	box(p, CX - 60, 92, 190, 296, p->shade);
	gdImageFilledEllipse(p->im, CX - 60, CY, 204, 300, p->ink);
	gdImageFilledEllipse(p->im, CX - 60, CY, 196, 292, p->body);
	gdImageFilledEllipse(p->im, CX - 60, CY, 116, 176, p->light);
	gdImageFilledEllipse(p->im, CX - 60, CY, 84, 132, p->paper);
}

static void pallet(const struct pen *p)
{
	for (int i = 0; i < 3; i++)
		box(p, 120 + i * 170, 270, 60, 60, p->shade);
	box(p, 100, 236, 440, 32, p->body);
	box(p, 100, 332, 440, 28, p->body);
	for (int i = 0; i < 5; i++) {
		gdPoint v[] = {{110 + i * 88, 236}, {180 + i * 88, 236}, {200 + i * 74, 150},
			{146 + i * 74, 150}};

		shape(p, v, 4, p->light);
	}
}

static void glove(const struct pen *p)
{
	static const int top[] = {120, 84, 78, 104};
	gdPoint thumb[] = {{400, 260}, {470, 190}, {500, 215}, {420, 340}};

	shape(p, thumb, 4, p->body);
	for (int i = 0; i < 4; i++) {
		box(p, 220 + i * 46, top[i], 42, 200, p->body);
	}
	box(p, 220, 230, 180, 130, p->body);
	box(p, 232, 360, 156, 50, p->light);
}

static void helmet(const struct pen *p)
{
	gdImageFilledArc(p->im, CX, 310, 360, 380, 180, 360, p->ink, gdPie);
	gdImageFilledArc(p->im, CX, 308, 350, 368, 180, 360, p->body, gdPie);
	gdImageFilledArc(p->im, CX, 306, 70, 366, 180, 360, p->light, gdPie);
	box(p, 110, 306, 420, 28, p->shade);
}

static void boot(const struct pen *p)
{
	gdPoint v[] = {{200, 90}, {340, 90}, {350, 230}, {470, 280}, {510, 350}, {190, 350}};

	shape(p, v, 6, p->body);
	box(p, 180, 350, 340, 36, p->shade);
	for (int i = 0; i < 4; i++)
		line(p, 300, 130 + i * 34, 346, 120 + i * 34, 6);
	box(p, 196, 84, 148, 26, p->light);
}

static void drill(const struct pen *p)
{
	gdPoint tip[] = {{500, 212}, {560, 240}, {500, 268}};

	box(p, 90, 214, 150, 52, p->light);
	box(p, 240, 212, 260, 56, p->body);
	shape(p, tip, 3, p->body);
	for (int x = 250; x < 480; x += 44) {
		gdPoint v[] = {{x, 212}, {x + 18, 212}, {x + 44, 268}, {x + 26, 268}};

		shape(p, v, 4, p->light);
	}
}

static void spanner(const struct pen *p)
{
	box(p, 190, 220, 270, 40, p->body);
	disc(p, 150, CY, 66, p->body);
	disc(p, 150, CY, 36, p->paper);
	disc(p, 490, CY, 70, p->body);
	gdPoint jaw[] = {{495, 210}, {580, 186}, {580, 250}, {500, 270}};

	gdImageFilledPolygon(p->im, jaw, 4, p->paper);
	line(p, 495, 210, 556, 192, 4);
	line(p, 500, 270, 560, 254, 4);
	line(p, 495, 210, 500, 270, 4);
}

static void (*const drawings[DRAW_KINDS])(const struct pen *p) = {
	[DRAW_BOLT] = bolt,
	[DRAW_NUT] = nut,
	[DRAW_WASHER] = washer,
	[DRAW_PIN] = pin,
	[DRAW_BEARING] = bearing,
	[DRAW_GEAR] = gear,
	[DRAW_BELT] = belt,
	[DRAW_CABLE] = cable,
	[DRAW_ENCLOSURE] = enclosure,
	[DRAW_BREAKER] = breaker,
	[DRAW_LAMP] = lamp,
	[DRAW_BOARD] = board,
	[DRAW_CHIP] = chip,
	[DRAW_RESISTOR] = resistor,
	[DRAW_CONNECTOR] = connector,
	[DRAW_VALVE] = valve,
	[DRAW_PIPE] = pipe_drawing,
	[DRAW_CYLINDER] = cylinder,
	[DRAW_GAUGE] = gauge,
	[DRAW_CARTON] = carton,
	[DRAW_ROLL] = roll,
	[DRAW_PALLET] = pallet,
	[DRAW_GLOVE] = glove,
	[DRAW_HELMET] = helmet,
	[DRAW_BOOT] = boot,
	[DRAW_DRILL] = drill,
	[DRAW_SPANNER] = spanner,
};

static str jpeg_of(struct arena *a, gdImagePtr im)
{
	enum { QUALITY = 90 };
	int n = 0;
	void *jpeg = gdImageJpegPtr(im, &n, QUALITY);

	if (!jpeg || n <= 0)
		fault(FAULT_MEMORY, "no memory for a picture");
	str bytes = str_dup(a, (str){jpeg, (size_t)n});

	gdFree(jpeg);
	return bytes;
}

struct demo_picture demo_draw(struct arena *a, enum demo_drawing kind, int colour)
{
	static const struct {
		uint8_t body[3], shade[3], light[3];
	} tones[DRAW_COLOURS] = {
		{{150, 164, 178}, {104, 120, 138}, {206, 214, 222}},
		{{214, 168, 84}, {166, 120, 46}, {240, 214, 160}},
		{{92, 148, 168}, {52, 104, 126}, {178, 212, 222}},
	};
	MUST(kind < DRAW_KINDS && colour >= 0 && colour < DRAW_COLOURS);
	const uint8_t *b = tones[colour].body, *s = tones[colour].shade, *l = tones[colour].light;
	gdImagePtr im = gdImageCreate(DRAW_WIDTH, DRAW_HEIGHT);

	if (!im)
		fault(FAULT_MEMORY, "no memory for a picture");
	struct pen p = {.im = im, .paper = gdImageColorAllocate(im, 250, 250, 248)};

	p.ink = gdImageColorAllocate(im, 38, 50, 64);
	p.body = gdImageColorAllocate(im, b[0], b[1], b[2]);
	p.shade = gdImageColorAllocate(im, s[0], s[1], s[2]);
	p.light = gdImageColorAllocate(im, l[0], l[1], l[2]);
	drawings[kind](&p);
	gdImagePaletteToTrueColor(im);
	gdImagePtr small =
		gdImageScale(im, PICTURE_SMALL_PX, DRAW_HEIGHT * PICTURE_SMALL_PX / DRAW_WIDTH);

	if (!small)
		fault(FAULT_MEMORY, "no memory for a picture");
	struct demo_picture two = {jpeg_of(a, im), jpeg_of(a, small)};

	gdImageDestroy(small);
	gdImageDestroy(im);
	return two;
}
