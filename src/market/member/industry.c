/* Names of the closed lists of a company's profile. */
#include "market/member/member.h"
#include "market/member/show.h"

struct text industry_text(int v)
{
	static const int names[] = {MSG_member_industry_agriculture, MSG_member_industry_automotive,
		MSG_member_industry_chemicals, MSG_member_industry_construction,
		MSG_member_industry_consumer_goods, MSG_member_industry_electrical,
		MSG_member_industry_electronics, MSG_member_industry_energy,
		MSG_member_industry_food, MSG_member_industry_furniture, MSG_member_industry_health,
		MSG_member_industry_logistics, MSG_member_industry_machinery,
		MSG_member_industry_metals, MSG_member_industry_packaging,
		MSG_member_industry_paper, MSG_member_industry_plastics, MSG_member_industry_safety,
		MSG_member_industry_services, MSG_member_industry_textiles,
		MSG_member_industry_tools, MSG_member_industry_wholesale,
		MSG_member_industry_other};

	_Static_assert(COUNT(names) == INDUSTRY_COUNT, "a name for each");
	return v > 0 && v <= INDUSTRY_COUNT ? (struct text){.msg = names[v - 1]} : text_none();
}

struct text company_size_text(int v)
{
	static const int names[] = {MSG_member_size_under_10, MSG_member_size_under_50,
		MSG_member_size_under_250, MSG_member_size_under_1000, MSG_member_size_from_1000};

	_Static_assert(COUNT(names) == COMPANY_SIZE_COUNT, "a name for each");
	return v > 0 && v <= COMPANY_SIZE_COUNT ? (struct text){.msg = names[v - 1]} : text_none();
}
