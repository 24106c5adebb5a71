/* gen/types.h and gen/types.c: what the policy declares, as C. */
#include "queryc.h"

#define PUT(o, ...) out_fmt((o), __VA_ARGS__)

struct tags { /* names of structs and enums share one space in C */
	struct names names;
};

static void tag(struct queryc *q, struct tags *t, str name, struct place at)
{
	if (listed(t->names.v, t->names.n, name))
		mistake(q, at.file ? at.file : q->policy_dir, at.line,
			"two types of C would be called \"" STR_FMT "\"", STR_ARG(name));
	*ARENA_PUSH(q->a, &t->names) = name;
}

static str group_name(struct queryc *q, const struct policy_table *t, const struct policy_group *g)
{
	return str_fmt(q->a, STR_FMT "_" STR_FMT, STR_ARG(t->name), STR_ARG(g->name));
}

/* A field may be called like a word of C: registration.register is register_ there. */
static const char *field_mark(const struct policy_field *f)
{
	return c_word(f->name) ? "_" : "";
}

/* ---- header ---------------------------------------------------------------------------------- */
static void ids(struct queryc *q, struct out *o, struct tags *tags)
{
	static const char *const lists[] = {"TEXT", "ATTR", "PART"};
	static const char *const maybe[] = {"text", "attr", "part"};
	const struct policy *p = q->policy;

	PUT(o, "\n/* ---- ids: 0 is none; in text id_text, none is empty ---- */\n");
	for (size_t i = 0; i < p->ids_n; i++) {
		tag(q, tags, p->ids[i], (struct place){0});
		PUT(o, "struct " STR_FMT " {\n\tint64_t v;\n};\n", STR_ARG(p->ids[i]));
	}
	PUT(o, "\nstatic inline void esc_id(struct out *o, int64_t id)\n{\n\tif "
	       "(id)\n\t\tesc_part_str(o, id_text(o->arena, id));\n}\n");
	for (size_t i = 0; i < p->ids_n; i++)
		PUT(o,
			"static inline void esc_id_" STR_FMT "(struct out *o, struct " STR_FMT
			" id)\n{\n\tesc_id(o, id.v);\n}\n",
			STR_ARG(p->ids[i]), STR_ARG(p->ids[i]));
	for (size_t k = 0; k < COUNT(lists); k++)
		PUT(o,
			"static inline void esc_%s_maybe_int(struct out *o, struct maybe_int "
			"v)\n{\n\tif (v.is)\n\t\tesc_%s_int(o, v.v);\n}\n",
			maybe[k], maybe[k]);
	for (size_t k = 0; k < COUNT(lists); k++) {
		PUT(o, "#undef OUT_ID_%s\n#define OUT_ID_%s , struct maybe_int: esc_%s_maybe_int",
			lists[k], lists[k], maybe[k]);
		for (size_t i = 0; i < p->ids_n; i++)
			PUT(o, ", \\\n\tstruct " STR_FMT ": esc_id_" STR_FMT, STR_ARG(p->ids[i]),
				STR_ARG(p->ids[i]));
		PUT(o, "\n");
	}
}

static void enums(struct queryc *q, struct out *o, struct tags *tags)
{
	const struct policy *p = q->policy;

	PUT(o, "\n/* ---- closed lists: 0 is none; NAME_name: \"\" for what is no value; NAME_of: "
	       "0 ---- */\n");
	for (size_t i = 0; i < p->enums_n; i++) {
		const struct policy_enum *e = &p->enums[i];
		str up = upper(q, e->name);

		tag(q, tags, e->name, e->at);
		PUT(o, "enum " STR_FMT " {\n", STR_ARG(e->name));
		for (size_t k = 0; k < e->n; k++)
			PUT(o, "\t" STR_FMT "_" STR_FMT "%s,\n", STR_ARG(up),
				STR_ARG(upper(q, e->values[k])), k ? "" : " = 1");
		PUT(o, "};\n#define " STR_FMT "_COUNT %zu\n", STR_ARG(up), e->n);
		PUT(o, "str " STR_FMT "_name(int v);\nint " STR_FMT "_of(str s);\n",
			STR_ARG(e->name), STR_ARG(e->name));
	}
}

static void masks(struct queryc *q, struct out *o)
{
	const struct policy *p = q->policy;

	PUT(o, "\n/* ---- bit numbers ---- */\nenum {\n");
	for (size_t i = 0; i < p->purposes_n; i++)
		PUT(o, "\tPURPOSE_" STR_FMT " = %d,\n", STR_ARG(upper(q, p->purposes[i].name)),
			p->purposes[i].bit);
	PUT(o, "};\nenum {\n");
	for (size_t i = 0; i < p->roles_n; i++)
		PUT(o, "\tROLE_" STR_FMT " = %d,\n", STR_ARG(upper(q, p->roles[i].name)),
			p->roles[i].bit);
	PUT(o, "};\n");
}

typedef void group_function(
	struct queryc *, struct out *, const struct policy_table *, const struct policy_group *);

static void groups_each(struct queryc *q, struct out *o, group_function *f)
{
	for (size_t i = 0; i < q->policy->tables_n; i++)
		for (size_t k = 0; k < q->policy->tables[i].groups_n; k++)
			f(q, o, &q->policy->tables[i], &q->policy->tables[i].groups[k]);
}

static void group_declare(
	struct queryc *q, struct out *o, const struct policy_table *t, const struct policy_group *g)
{
	str n = group_name(q, t, g);

	PUT(o, "struct " STR_FMT " {\n", STR_ARG(n));
	for (size_t i = 0; i < g->n; i++)
		PUT(o, "\tstr " STR_FMT "%s;\n", STR_ARG(g->fields[i].name),
			field_mark(&g->fields[i]));
	PUT(o, "};\nextern const struct row_desc " STR_FMT "_desc;\n", STR_ARG(n));
	PUT(o, "str " STR_FMT "_pack(struct arena *a, const struct " STR_FMT " *v);\n", STR_ARG(n),
		STR_ARG(n));
	PUT(o, "void " STR_FMT "_unpack(struct arena *a, str record, struct " STR_FMT " *v);\n",
		STR_ARG(n), STR_ARG(n));
}

static void header(struct queryc *q)
{
	struct tags tags = {0};
	struct out o;

	out_init(&o, q->a, 1 << 15, 16 << 20, NULL);
	PUT(&o, "/* Made by tool/queryc from the policy. */\n#ifndef KONTOR_GEN_TYPES_H\n#define "
		"KONTOR_GEN_TYPES_H\n\n"
		"#include \"base/base.h\"\n#include \"base/out.h\"\n#include \"base/row.h\"\n");
	masks(q, &o);
	ids(q, &o, &tags);
	enums(q, &o, &tags);
	for (size_t i = 0; i < q->policy->tables_n; i++)
		for (size_t k = 0; k < q->policy->tables[i].groups_n; k++)
			tag(q, &tags,
				group_name(
					q, &q->policy->tables[i], &q->policy->tables[i].groups[k]),
				q->policy->tables[i].groups[k].at);
	PUT(&o, "\n/* ---- sealed groups: a field with p == NULL is not there; doc/queryc.md has "
		"the record's form.\n"
		" * pack: NULL gives {NULL, 0}. unpack: {NULL, 0} gives no field at all; a broken "
		"record faults. ---- */\n");
	groups_each(q, &o, group_declare);
	PUT(&o, "\n#endif\n");
	emit_file(q, "types.h", &o);
}

/* ---- source ---------------------------------------------------------------------------------- */
static void enums_source(struct queryc *q, struct out *o)
{
	const struct policy *p = q->policy;

	for (size_t i = 0; i < p->enums_n; i++) {
		const struct policy_enum *e = &p->enums[i];

		PUT(o, "static const char *const " STR_FMT "_values[] = {", STR_ARG(e->name));
		for (size_t k = 0; k < e->n; k++)
			PUT(o, "%s\"" STR_FMT "\"", k ? ", " : "", STR_ARG(e->values[k]));
		PUT(o, "};\n");
	}
	PUT(o, "\nstatic const struct enum_desc enums[] = {\n");
	for (size_t i = 0; i < p->enums_n; i++)
		PUT(o, "\t{\"" STR_FMT "\", " STR_FMT "_values, %zu},\n", STR_ARG(p->enums[i].name),
			STR_ARG(p->enums[i].name), p->enums[i].n);
	PUT(o, "\t{NULL, NULL, 0},\n};\n");
	for (size_t i = 0; i < p->enums_n; i++) {
		str n = p->enums[i].name;

		PUT(o,
			"\nstr " STR_FMT
			"_name(int v)\n{\n\treturn value_name(&enums[%zu], v);\n}\n",
			STR_ARG(n), i);
		PUT(o, "\nint " STR_FMT "_of(str s)\n{\n\treturn value_of(&enums[%zu], s);\n}\n",
			STR_ARG(n), i);
	}
}

static void group_source(
	struct queryc *q, struct out *o, const struct policy_table *t, const struct policy_group *g)
{
	str n = group_name(q, t, g);

	PUT(o, "\nstatic const struct row_field " STR_FMT "_fields[] = {\n", STR_ARG(n));
	for (size_t i = 0; i < g->n; i++)
		PUT(o,
			"\t{\"" STR_FMT "\", ROW_STR, offsetof(struct " STR_FMT ", " STR_FMT
			"%s), true, NULL, NULL},\n",
			STR_ARG(g->fields[i].name), STR_ARG(n), STR_ARG(g->fields[i].name),
			field_mark(&g->fields[i]));
	PUT(o, "};\nstatic const uint8_t " STR_FMT "_numbers[] = {", STR_ARG(n));
	for (size_t i = 0; i < g->n; i++)
		PUT(o, "%s%d", i ? ", " : "", g->fields[i].number);
	PUT(o,
		"};\nconst struct row_desc " STR_FMT "_desc = {\"" STR_FMT "\", " STR_FMT
		"_fields, %zu, sizeof(struct " STR_FMT ")};\n",
		STR_ARG(n), STR_ARG(n), STR_ARG(n), g->n, STR_ARG(n));
	PUT(o,
		"\nstr " STR_FMT "_pack(struct arena *a, const struct " STR_FMT
		" *v)\n{\n\treturn record_pack(a, &" STR_FMT "_desc, " STR_FMT "_numbers, v);\n}\n",
		STR_ARG(n), STR_ARG(n), STR_ARG(n), STR_ARG(n));
	PUT(o,
		"\nvoid " STR_FMT "_unpack(struct arena *a, str record, struct " STR_FMT
		" *v)\n{\n\t*v = (struct " STR_FMT "){0};\n\trecord_unpack(a, &" STR_FMT
		"_desc, " STR_FMT "_numbers, record, v);\n}\n",
		STR_ARG(n), STR_ARG(n), STR_ARG(n), STR_ARG(n), STR_ARG(n));
}

void emit_types(struct queryc *q)
{
	struct out o;

	header(q);
	out_init(&o, q->a, 1 << 15, 16 << 20, NULL);
	PUT(&o, "/* Made by tool/queryc from the policy. */\n#include \"gen/types.h\"\n#include "
		"\"base/record.h\"\n\n");
	enums_source(q, &o);
	PUT(&o, "\nconst struct enum_desc *enum_desc_of(const char *name)\n{\n\tfor (const struct "
		"enum_desc *e = enums; e->name; e++)\n"
		"\t\tif (!strcmp(e->name, name))\n\t\t\treturn e;\n\treturn NULL;\n}\n");
	groups_each(q, &o, group_source);
	emit_file(q, "types.c", &o);
}
