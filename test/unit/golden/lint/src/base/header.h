/* A header. */
int with_comment_far_away(void);

int bare(void);

/* Says what it does. */
int good(void);
int of_the_group(int a,
	int b);

typedef int (*fn)(int);
struct s {
	int (*member)(void);
};
#define M(x) (x)
static inline int small(void)
{
	return good();
}

extern int also_bare(int);
