/* yaml: the strict subset of YAML that policy files are written in (doc/policy-files.md).
 *
 * libyaml does the scanning; this part refuses what a policy file has no use for (anchors, tags,
 * merge keys, tabs, several documents, plain text over several lines) and builds a small tree in
 * which every node knows its place. Nothing here knows what a key means: that is map.h. */
#ifndef KONTOR_POLICY_YAML_H
#define KONTOR_POLICY_YAML_H

#include "policy.h"

enum node_kind { NODE_TEXT = 1, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	bool bad;	       /* a mistake was reported here already: report no second one */
	str text;	       /* NODE_TEXT */
	struct node **items;   /* NODE_LIST: elements; NODE_MAP: values */
	struct node_key *keys; /* NODE_MAP */
	size_t n;
	struct place at;
};
struct node_key {
	str name;
	struct place at;
};

/* Reads one file. NULL, or a root that is `bad`, when there is nothing to go on with (syntax, size,
 * an empty file); mistakes behind which reading can go on leave a tree with `bad` nodes. */
struct node *yaml_read(struct arena *a, const struct policy_source *file, struct policy_errors *e);

/* The value of a key, NULL if there is none. */
const struct node *yaml_get(const struct node *map, const char *key);

#endif
