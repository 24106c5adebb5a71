/* attributes: the packed column of a product's attribute values. */
#include "market/catalogue/catalogue.h"

bool attributes_next(str *rest, struct attribute_value *v)
{
	str line, id;

	while (rest->n) {
		line = str_cut(rest, '\n');
		id = str_cut(&line, '\t');
		if (line.p && str_int(id, &v->attribute)) {
			v->value = line;
			return true;
		}
	}
	return false;
}
