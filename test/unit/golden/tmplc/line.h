#include "base/out.h"

struct line {
	str name;
	int64_t n;
	struct line *next;
};
