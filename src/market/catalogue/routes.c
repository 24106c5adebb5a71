/* The catalogue's routes: the whole surface of the district. */
#include "market/catalogue/routes.h"

#include "market/catalogue/selling.h"
#include "market/catalogue/shop.h"

#define PUBLIC BIT(PURPOSE_PUBLIC)
#define SELLS (PUBLIC | BIT(PURPOSE_SELLING))
#define SELLERS (BIT(ROLE_SALES) | BIT(ROLE_ADMIN))
#define READERS (SELLERS | BIT(ROLE_VIEWER))
#define MEMBERS \
	(BIT(ROLE_ADMIN) | BIT(ROLE_BUYER) | BIT(ROLE_SALES) | BIT(ROLE_FINANCE) | BIT(ROLE_VIEWER))

const struct route catalogue_routes[] = {
	/* start page, categories, suppliers' offers */
	{GET, "/", ANYONE, PUBLIC, PROOF_NONE, .get = home_show, .keep = true},
	{GET, "/category/{category}", ANYONE, PUBLIC, PROOF_NONE, .form = &category_query_form,
		.get = category_show, .keep = true},
	{GET, "/company/{company}/offers", ANYONE, PUBLIC, PROOF_NONE, .form = &category_query_form,
		.get = seller_show, .keep = true},
	{GET, "/api/v1/categories", MEMBERS, PUBLIC, PROOF_BEARER, .get = categories_api,
		.answers = &category_top_desc, .list = true,
		.about = "The top of the tree of goods"},
	{GET, "/api/v1/categories/{category}", MEMBERS, PUBLIC, PROOF_BEARER, .get = category_api,
		.answers = &category_by_id_desc, .about = "One category"},
	{GET, "/api/v1/categories/{category}/children", MEMBERS, PUBLIC, PROOF_BEARER,
		.get = category_children_api, .answers = &category_children_desc, .list = true,
		.about = "What it is divided into"},
	{GET, "/api/v1/categories/{category}/products", MEMBERS, PUBLIC, PROOF_BEARER,
		.form = &category_query_form, .get = category_products_api,
		.answers = &category_products_desc, .list = true,
		.about = "Its products, newest first, each with its cheapest offer"},
	{GET, "/api/v1/companies/{company}/offers", MEMBERS, PUBLIC, PROOF_BEARER,
		.form = &category_query_form, .get = seller_show, .answers = &offer_of_company_desc,
		.list = true, .about = "What one supplier offers, newest first"},

	/* products */
	/* what a member looks at is noted for the suppliers, if they share it */
	{GET, "/product/{product}", ANYONE,
		PUBLIC | BIT(PURPOSE_SELLER_LEADS) | BIT(PURPOSE_CHOICES), PROOF_NONE,
		.form = &product_query_form, .get = product_show, .keep = true},
	{GET, "/api/v1/products", MEMBERS, PUBLIC, PROOF_BEARER, .form = &product_part_form,
		.get = products_api, .answers = &product_by_part_desc, .list = true,
		.about = "Products by part number, however it is written"},
	{GET, "/api/v1/products/{product}", MEMBERS, PUBLIC, PROOF_BEARER, .get = product_api,
		.answers = &product_by_id_desc, .about = "One product"},
	{GET, "/api/v1/products/{product}/attributes", MEMBERS, PUBLIC, PROOF_BEARER,
		.get = product_attributes_api, .answers = &product_attributes_desc, .list = true,
		.about = "What is said of it: name, value, unit"},
	{GET, "/api/v1/products/{product}/offers", MEMBERS, PUBLIC, PROOF_BEARER,
		.get = product_offers_api, .answers = &product_offers_desc, .list = true,
		.about = "Every supplier's offer for it, cheapest first"},

	/* a supplier's offers */
	{GET, "/offers", READERS, SELLS, PROOF_NONE, .form = &offers_query_form,
		.get = offers_show},
	{GET, "/offers/csv", READERS, SELLS, PROOF_NONE, .form = &offers_query_form,
		.get = offers_csv_show},
	{GET, "/offers/new", SELLERS, SELLS, PROOF_NONE, .form = &offer_find_form,
		.get = offer_new_show},
	{POST, "/offers/new", SELLERS, SELLS, PROOF_TOKEN, .form = &offer_new_form,
		.get = offer_new_show, .apply = offer_new_apply},
	{GET, "/offers/{offer}/edit", SELLERS, SELLS, PROOF_NONE, .get = offer_edit_show},
	{POST, "/offers/{offer}/edit", SELLERS, SELLS, PROOF_TOKEN, .form = &offer_edit_form,
		.get = offer_edit_show, .apply = offer_edit_apply},
	{POST, "/offers/{offer}/do/{event}", SELLERS, SELLS, PROOF_TOKEN, .apply = offer_do_apply},
	{GET, "/api/v1/offers", READERS, SELLS, PROOF_BEARER, .form = &offers_query_form,
		.get = offers_show, .answers = &offer_own_desc, .list = true,
		.about = "Your company's offers, newest first"},
	{POST, "/api/v1/offers", SELLERS, SELLS, PROOF_BEARER, .form = &offer_new_form,
		.apply = offer_new_apply, .answers = &offer_by_id_desc, .about = "Offer a product"},
	{GET, "/api/v1/offers/{offer}", READERS, SELLS, PROOF_BEARER, .get = offer_api,
		.answers = &offer_by_id_desc, .about = "One of your company's offers"},
	{POST, "/api/v1/offers/{offer}", SELLERS, SELLS, PROOF_BEARER, .form = &offer_edit_form,
		.apply = offer_edit_apply, .answers = &offer_by_id_desc,
		.about = "Replace its terms: prices, stock, quantities"},
	{POST, "/api/v1/offers/{offer}/do/{event}", SELLERS, SELLS, PROOF_BEARER,
		.apply = offer_do_apply, .answers = &offer_by_id_desc,
		.about = "publish, pause, resume, finish"},

	/* the text and the pictures of a supplier's products */
	{GET, "/products/new", SELLERS, SELLS, PROOF_NONE, .get = product_new_show},
	{POST, "/products/new", SELLERS, SELLS, PROOF_TOKEN, .form = &product_text_form,
		.get = product_new_show, .apply = product_new_apply},
	{GET, "/products/{product}/edit", SELLERS, SELLS, PROOF_NONE, .get = product_edit_show},
	{POST, "/products/{product}/edit", SELLERS, SELLS, PROOF_TOKEN, .form = &product_text_form,
		.get = product_edit_show, .apply = product_edit_apply},
	{POST, "/products/{product}/pictures", SELLERS, SELLS, PROOF_TOKEN, .form = &picture_form,
		.get = product_edit_show, .prepare = picture_add_prepare, .slow = true,
		.apply = picture_add_apply, .body_max = REQ_UPLOAD_BYTES_MAX + 65536},
	{POST, "/products/{product}/pictures/{picture}/first", SELLERS, SELLS, PROOF_TOKEN,
		.apply = picture_first_apply},
	{POST, "/products/{product}/pictures/{picture}/remove", SELLERS, SELLS, PROOF_TOKEN,
		.apply = picture_remove_apply},
	{GET, "/document/{document}", ANYONE, PUBLIC, PROOF_NONE, .get = document_show},
	{GET, "/picture/{picture}/{size}", ANYONE, PUBLIC, PROOF_NONE, .get = picture_show},
	{POST, "/api/v1/products", SELLERS, SELLS, PROOF_BEARER, .form = &product_text_form,
		.apply = product_new_apply, .answers = &product_own_desc,
		.about = "Describe a new product: your company keeps its text"},
	{POST, "/api/v1/products/{product}", SELLERS, SELLS, PROOF_BEARER,
		.form = &product_text_form, .apply = product_edit_apply,
		.answers = &product_own_desc,
		.about = "Replace the text of a product that you keep"},
	{0},
};
