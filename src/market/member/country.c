/* Countries (ISO 3166-1 alpha-2) in the order of their English names, and their currencies (ISO
 * 4217, the first one where a country has several). Uninhabited territories are left out. */
#include "market/member/country.h"

#include "gen/lang.h"

static const char currency[][4] = {
	"AFN", "EUR", "ALL", "DZD", "USD", "EUR", "AOA", "XCD", "XCD", "ARS", "AMD", "AWG", "AUD", "EUR", "AZN",
	"BSD", "BHD", "BDT", "BBD", "BYN", "EUR", "BZD", "XOF", "BMD", "INR", "BOB", "BAM", "BWP", "BRL", "USD",
	"BND", "EUR", "XOF", "BIF", "KHR", "XAF", "CAD", "CVE", "USD", "KYD", "XAF", "XAF", "CLP", "CNY", "AUD",
	"AUD", "COP", "KMF", "XAF", "CDF", "NZD", "CRC", "EUR", "CUP", "XCG", "EUR", "CZK", "XOF", "DKK", "DJF",
	"XCD", "DOP", "USD", "EGP", "SVC", "XAF", "ERN", "EUR", "SZL", "ETB", "FKP", "DKK", "FJD", "EUR", "EUR",
	"EUR", "XPF", "XAF", "GMD", "GEL", "EUR", "GHS", "GIP", "EUR", "DKK", "XCD", "EUR", "USD", "GTQ", "GBP",
	"GNF", "XOF", "GYD", "HTG", "HNL", "HKD", "HUF", "ISK", "INR", "IDR", "IRR", "IQD", "EUR", "GBP", "ILS",
	"EUR", "JMD", "JPY", "GBP", "JOD", "KZT", "KES", "AUD", "KWD", "KGS", "LAK", "EUR", "LBP", "LSL", "LRD",
	"LYD", "CHF", "EUR", "EUR", "MOP", "MGA", "MWK", "MYR", "MVR", "XOF", "EUR", "USD", "EUR", "MRU", "MUR",
	"EUR", "MXN", "USD", "MDL", "EUR", "MNT", "EUR", "XCD", "MAD", "MZN", "MMK", "NAD", "AUD", "NPR", "EUR",
	"XPF", "NZD", "NIO", "XOF", "NGN", "NZD", "AUD", "KPW", "MKD", "USD", "NOK", "OMR", "PKR", "USD", "USD",
	"PAB", "PGK", "PYG", "PEN", "PHP", "NZD", "PLN", "EUR", "USD", "QAR", "RON", "RUB", "RWF", "EUR", "WST",
	"EUR", "SAR", "XOF", "RSD", "SCR", "SLE", "SGD", "XCG", "EUR", "EUR", "SBD", "SOS", "ZAR", "KRW", "SSP",
	"EUR", "LKR", "EUR", "SHP", "XCD", "XCD", "EUR", "EUR", "XCD", "SDG", "SRD", "NOK", "SEK", "CHF", "SYP",
	"STN", "TWD", "TJS", "TZS", "THB", "USD", "XOF", "NZD", "TOP", "TTD", "TND", "TMT", "USD", "AUD", "USD",
	"USD", "UGX", "UAH", "AED", "GBP", "USD", "UYU", "UZS", "VUV", "EUR", "VES", "VND", "XPF", "MAD", "YER",
	"ZMW", "ZWG",
};

const struct code countries[] = {
	{"AF", MSG_country_af}, {"AX", MSG_country_ax}, {"AL", MSG_country_al}, {"DZ", MSG_country_dz},
	{"AS", MSG_country_as}, {"AD", MSG_country_ad}, {"AO", MSG_country_ao}, {"AI", MSG_country_ai},
	{"AG", MSG_country_ag}, {"AR", MSG_country_ar}, {"AM", MSG_country_am}, {"AW", MSG_country_aw},
	{"AU", MSG_country_au}, {"AT", MSG_country_at}, {"AZ", MSG_country_az}, {"BS", MSG_country_bs},
	{"BH", MSG_country_bh}, {"BD", MSG_country_bd}, {"BB", MSG_country_bb}, {"BY", MSG_country_by},
	{"BE", MSG_country_be}, {"BZ", MSG_country_bz}, {"BJ", MSG_country_bj}, {"BM", MSG_country_bm},
	{"BT", MSG_country_bt}, {"BO", MSG_country_bo}, {"BA", MSG_country_ba}, {"BW", MSG_country_bw},
	{"BR", MSG_country_br}, {"VG", MSG_country_vg}, {"BN", MSG_country_bn}, {"BG", MSG_country_bg},
	{"BF", MSG_country_bf}, {"BI", MSG_country_bi}, {"KH", MSG_country_kh}, {"CM", MSG_country_cm},
	{"CA", MSG_country_ca}, {"CV", MSG_country_cv}, {"BQ", MSG_country_bq}, {"KY", MSG_country_ky},
	{"CF", MSG_country_cf}, {"TD", MSG_country_td}, {"CL", MSG_country_cl}, {"CN", MSG_country_cn},
	{"CX", MSG_country_cx}, {"CC", MSG_country_cc}, {"CO", MSG_country_co}, {"KM", MSG_country_km},
	{"CG", MSG_country_cg}, {"CD", MSG_country_cd}, {"CK", MSG_country_ck}, {"CR", MSG_country_cr},
	{"HR", MSG_country_hr}, {"CU", MSG_country_cu}, {"CW", MSG_country_cw}, {"CY", MSG_country_cy},
	{"CZ", MSG_country_cz}, {"CI", MSG_country_ci}, {"DK", MSG_country_dk}, {"DJ", MSG_country_dj},
	{"DM", MSG_country_dm}, {"DO", MSG_country_do}, {"EC", MSG_country_ec}, {"EG", MSG_country_eg},
	{"SV", MSG_country_sv}, {"GQ", MSG_country_gq}, {"ER", MSG_country_er}, {"EE", MSG_country_ee},
	{"SZ", MSG_country_sz}, {"ET", MSG_country_et}, {"FK", MSG_country_fk}, {"FO", MSG_country_fo},
	{"FJ", MSG_country_fj}, {"FI", MSG_country_fi}, {"FR", MSG_country_fr}, {"GF", MSG_country_gf},
	{"PF", MSG_country_pf}, {"GA", MSG_country_ga}, {"GM", MSG_country_gm}, {"GE", MSG_country_ge},
	{"DE", MSG_country_de}, {"GH", MSG_country_gh}, {"GI", MSG_country_gi}, {"GR", MSG_country_gr},
	{"GL", MSG_country_gl}, {"GD", MSG_country_gd}, {"GP", MSG_country_gp}, {"GU", MSG_country_gu},
	{"GT", MSG_country_gt}, {"GG", MSG_country_gg}, {"GN", MSG_country_gn}, {"GW", MSG_country_gw},
	{"GY", MSG_country_gy}, {"HT", MSG_country_ht}, {"HN", MSG_country_hn}, {"HK", MSG_country_hk},
	{"HU", MSG_country_hu}, {"IS", MSG_country_is}, {"IN", MSG_country_in}, {"ID", MSG_country_id},
	{"IR", MSG_country_ir}, {"IQ", MSG_country_iq}, {"IE", MSG_country_ie}, {"IM", MSG_country_im},
	{"IL", MSG_country_il}, {"IT", MSG_country_it}, {"JM", MSG_country_jm}, {"JP", MSG_country_jp},
	{"JE", MSG_country_je}, {"JO", MSG_country_jo}, {"KZ", MSG_country_kz}, {"KE", MSG_country_ke},
	{"KI", MSG_country_ki}, {"KW", MSG_country_kw}, {"KG", MSG_country_kg}, {"LA", MSG_country_la},
	{"LV", MSG_country_lv}, {"LB", MSG_country_lb}, {"LS", MSG_country_ls}, {"LR", MSG_country_lr},
	{"LY", MSG_country_ly}, {"LI", MSG_country_li}, {"LT", MSG_country_lt}, {"LU", MSG_country_lu},
	{"MO", MSG_country_mo}, {"MG", MSG_country_mg}, {"MW", MSG_country_mw}, {"MY", MSG_country_my},
	{"MV", MSG_country_mv}, {"ML", MSG_country_ml}, {"MT", MSG_country_mt}, {"MH", MSG_country_mh},
	{"MQ", MSG_country_mq}, {"MR", MSG_country_mr}, {"MU", MSG_country_mu}, {"YT", MSG_country_yt},
	{"MX", MSG_country_mx}, {"FM", MSG_country_fm}, {"MD", MSG_country_md}, {"MC", MSG_country_mc},
	{"MN", MSG_country_mn}, {"ME", MSG_country_me}, {"MS", MSG_country_ms}, {"MA", MSG_country_ma},
	{"MZ", MSG_country_mz}, {"MM", MSG_country_mm}, {"NA", MSG_country_na}, {"NR", MSG_country_nr},
	{"NP", MSG_country_np}, {"NL", MSG_country_nl}, {"NC", MSG_country_nc}, {"NZ", MSG_country_nz},
	{"NI", MSG_country_ni}, {"NE", MSG_country_ne}, {"NG", MSG_country_ng}, {"NU", MSG_country_nu},
	{"NF", MSG_country_nf}, {"KP", MSG_country_kp}, {"MK", MSG_country_mk}, {"MP", MSG_country_mp},
	{"NO", MSG_country_no}, {"OM", MSG_country_om}, {"PK", MSG_country_pk}, {"PW", MSG_country_pw},
	{"PS", MSG_country_ps}, {"PA", MSG_country_pa}, {"PG", MSG_country_pg}, {"PY", MSG_country_py},
	{"PE", MSG_country_pe}, {"PH", MSG_country_ph}, {"PN", MSG_country_pn}, {"PL", MSG_country_pl},
	{"PT", MSG_country_pt}, {"PR", MSG_country_pr}, {"QA", MSG_country_qa}, {"RO", MSG_country_ro},
	{"RU", MSG_country_ru}, {"RW", MSG_country_rw}, {"RE", MSG_country_re}, {"WS", MSG_country_ws},
	{"SM", MSG_country_sm}, {"SA", MSG_country_sa}, {"SN", MSG_country_sn}, {"RS", MSG_country_rs},
	{"SC", MSG_country_sc}, {"SL", MSG_country_sl}, {"SG", MSG_country_sg}, {"SX", MSG_country_sx},
	{"SK", MSG_country_sk}, {"SI", MSG_country_si}, {"SB", MSG_country_sb}, {"SO", MSG_country_so},
	{"ZA", MSG_country_za}, {"KR", MSG_country_kr}, {"SS", MSG_country_ss}, {"ES", MSG_country_es},
	{"LK", MSG_country_lk}, {"BL", MSG_country_bl}, {"SH", MSG_country_sh}, {"KN", MSG_country_kn},
	{"LC", MSG_country_lc}, {"MF", MSG_country_mf}, {"PM", MSG_country_pm}, {"VC", MSG_country_vc},
	{"SD", MSG_country_sd}, {"SR", MSG_country_sr}, {"SJ", MSG_country_sj}, {"SE", MSG_country_se},
	{"CH", MSG_country_ch}, {"SY", MSG_country_sy}, {"ST", MSG_country_st}, {"TW", MSG_country_tw},
	{"TJ", MSG_country_tj}, {"TZ", MSG_country_tz}, {"TH", MSG_country_th}, {"TL", MSG_country_tl},
	{"TG", MSG_country_tg}, {"TK", MSG_country_tk}, {"TO", MSG_country_to}, {"TT", MSG_country_tt},
	{"TN", MSG_country_tn}, {"TM", MSG_country_tm}, {"TC", MSG_country_tc}, {"TV", MSG_country_tv},
	{"TR", MSG_country_tr}, {"VI", MSG_country_vi}, {"UG", MSG_country_ug}, {"UA", MSG_country_ua},
	{"AE", MSG_country_ae}, {"GB", MSG_country_gb}, {"US", MSG_country_us}, {"UY", MSG_country_uy},
	{"UZ", MSG_country_uz}, {"VU", MSG_country_vu}, {"VA", MSG_country_va}, {"VE", MSG_country_ve},
	{"VN", MSG_country_vn}, {"WF", MSG_country_wf}, {"EH", MSG_country_eh}, {"YE", MSG_country_ye},
	{"ZM", MSG_country_zm}, {"ZW", MSG_country_zw},
	{NULL, 0},
};

static size_t find(str code)
{
	size_t i = 0;

	while (countries[i].code && !str_eq(code, str_of(countries[i].code)))
		i++;
	return i;
}

struct text country_name(str code)
{
	size_t i = find(code);

	return countries[i].code ? (struct text){.msg = countries[i].label} : text_none();
}

str country_currency(str code)
{
	size_t i = find(code);

	return countries[i].code ? str_of(currency[i]) : S("EUR");
}
