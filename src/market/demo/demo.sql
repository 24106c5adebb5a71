-- What fills a new installation: its settings and the demonstration's people, goods and orders.
-- demo_setting(name: setting_name) -> one
select s.id, s.value from setup.setting s where s.name = $1;

-- demo_setting_add(id: setting_id, name: setting_name, value: text, at: time) -> exec
insert into setup.setting (id, name, value, changed_at) values ($1, $2, $3, $4) on conflict do nothing;

-- demo_setting_set(name: setting_name, value: text, at: time) -> exec
update setup.setting set value = $2, changed_at = $3 where name = $1;

-- demo_category_add(category: category_id, parent: category_id?, name: text, path: text, depth: int, position: int, about: text?) -> exec
insert into curation.category (id, parent_id, name, path, depth, position, about, hidden)
values ($1, $2, $3, $4, $5, $6, $7, 0);

-- demo_attribute_add(attribute: attribute_id, name: text, kind: attribute_kind, unit: text, position: int) -> exec
insert into curation.attribute (id, name, kind, unit, position, facet) values ($1, $2, $3, $4, $5, 1);

-- demo_person_add(person: person_id, name: sealed(person.name, row person, key person), email: sealed(person.email, row person, key person), blind: blind(person.email.email), phone: sealed(person.phone, row person, key person), work: sealed(person.work, row person, key person), locale: text, mask: int, staff: int, at: time) -> exec
insert into setup.person (id, state, name, email, email_blind, phone, work, locale, mask, staff, adult, created_at, confirmed_at)
values ($1, @person_state.active, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10) on conflict do nothing;

-- demo_credential_add(id: credential_id, person: person_id, secret: sealed(credential.secret, row id, key person), at: time) -> exec
insert into setup.credential (id, person_id, secret, changed_at) values ($1, $2, $3, $4);

-- demo_company_add(company: company_id, slug: text, name: text, legal_form: text, country: text, sole: bool, state: company_state, sells: bool, buys: bool, industry: industry, size: company_size, founded: int, about: text, website: text, imprint: text, currency: text, locale: text, registration: sealed(company.registration, row company, key company), tax: sealed(company.tax, row company, key company), created_by: person_id, created_at: time, activated_at: time?, closed_at: time?) -> exec
insert into setup.company (id, slug, name, legal_form, country, sole_trader, state, sells, buys, industry, size, founded,
	about, website, imprint, currency, locale, registration, tax, created_by, created_at, activated_at, closed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23);

-- demo_company_event_add(id: company_event_id, company: company_id, event: company_happening, from_state: company_state, to_state: company_state, person: person_id?, reason: sealed(company_event.reason, row id, key company), at: time) -> exec
insert into setup.company_event (id, company_id, event, from_state, to_state, person_id, reason, at)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- demo_membership_add(id: membership_id, company: company_id, person: person_id, roles: int, at: time) -> exec
insert into setup.membership (id, company_id, person_id, roles, home, created_at) values ($1, $2, $3, $4, 1, $5);

-- demo_address_add(address: address_id, company: company_id, kind: address_kind, country: text, place: sealed(address.place, row address, key company), main: bool, at: time) -> exec
insert into setup.address (id, company_id, kind, country, place, main, created_at) values ($1, $2, $3, $4, $5, $6, $7);

-- demo_terms_add(id: terms_acceptance_id, person: person_id, company: company_id, version: text, at: time) -> exec
insert into setup.terms_acceptance (id, person_id, company_id, version, accepted_at) values ($1, $2, $3, $4, $5);

-- demo_product_add(product: product_id, company: company_id, category: category_id, parent: product_id?, variant: text?, part_number: text, part_key: text, manufacturer: text, title: text, description: text, attributes: text, gtin: text, hs_code: text, origin: text, weight_grams: int, at: time, changed: int) -> exec
insert into setup.product (id, company_id, category_id, parent_id, variant, part_number, part_key, manufacturer, title,
	description, attributes, gtin, hs_code, origin, weight_grams, published, created_at, changed)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, $16, $17);

-- demo_video_set(product: product_id, video: text) -> exec
update setup.product set video = $2 where id = $1;

-- demo_document_add(id: document_id, company: company_id, product: product_id, title: text, file: text, bytes: int, at: time) -> exec
insert into setup.document (id, company_id, product_id, kind, title, file, media_type, bytes, created_at)
values ($1, $2, $3, @document_kind.data_sheet, $4, $5, 'application/pdf', $6, $7);

-- demo_offer_add(offer: offer_id, company: company_id, product: product_id, sku: text, state: offer_state, reason: text?, currency: text, unit: unit, tiers: text, unit_price: price, min_quantity: int, step_quantity: int, lead_days: int, on_hand: int, reserved: int, incoterm: incoterm, incoterm_place: text, ships_from: text, at: time, changed: int) -> exec
insert into setup.offer (id, company_id, product_id, sku, state, reason, currency, unit, tiers, price_micro, min_quantity,
	step_quantity, lead_days, on_hand, reserved, incoterm, incoterm_place, ships_from, created_at, state_at, changed)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19, $20);

-- demo_picture_add(picture: picture_id, company: company_id, product: product_id, file: text, width: int, height: int, bytes: int, alt: text, at: time) -> exec
insert into setup.picture (id, company_id, product_id, position, file, width, height, bytes, alt, created_at)
values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9);

-- demo_order_add(order: order_id, number: text, buyer: company_id, seller: company_id, placed_by: person_id, state: order_state, currency: text, net: money, freight: money, vat: money, total: money, vat_scheme: vat_scheme, vat_millionths: int, po_number: text?, payment_days: int, ship_country: text, consignee: sealed(orders.consignee, row order, key order), billing: sealed(orders.billing, row order, key order), lines: int, placed_at: time, confirmed_at: time?, promised_at: time?, shipped_at: time?, delivered_at: time?, paid_at: time?, closed_at: time?, due_at: time?) -> exec
insert into setup.orders (id, number, buyer_id, seller_id, placed_by, state, currency, net_minor, freight_minor, vat_minor,
	total_minor, vat_scheme, vat_millionths, po_number, payment_days, ship_country, consignee, billing, lines, placed_at,
	confirmed_at, promised_at, shipped_at, delivered_at, paid_at, closed_at, due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27);

-- demo_bought_add(bought: bought_id, order: order_id, buyer: company_id, seller: company_id, number: text, state: order_state) -> exec
insert into setup.bought (id, order_id, buyer_id, seller_id, number, state) values ($1, $2, $3, $4, $5, $6);

-- demo_line_add(line: order_line_id, order: order_id, buyer: company_id, seller: company_id, line_no: int, offer: offer_id, sku: text, title: text, unit: unit, quantity: int, confirmed: int, shipped: int, reserved: int, unit_price: price, currency: text, net: money, lead_days: int) -> exec
insert into setup.order_line (id, order_id, buyer_id, seller_id, line_no, offer_id, sku, title, unit, quantity, confirmed,
	shipped, reserved, unit_micro, currency, net_minor, lead_days)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17);

-- demo_event_add(id: order_event_id, order: order_id, buyer: company_id, seller: company_id, event: order_happening, from_state: order_state?, to_state: order_state, company: company_id?, person: person_id?, at: time) -> exec
insert into setup.order_event (id, order_id, buyer_id, seller_id, event, from_state, to_state, company_id, person_id, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- demo_shipment_add(shipment: shipment_id, order: order_id, buyer: company_id, seller: company_id, carrier: text, tracking: text, at: time) -> exec
insert into setup.shipment (id, order_id, buyer_id, seller_id, carrier, tracking, shipped_at)
values ($1, $2, $3, $4, $5, $6, $7);

-- demo_shipment_line_add(id: shipment_line_id, shipment: shipment_id, order: order_id, line: order_line_id, buyer: company_id, seller: company_id, quantity: int) -> exec
insert into setup.shipment_line (id, shipment_id, order_id, line_id, buyer_id, seller_id, quantity)
values ($1, $2, $3, $4, $5, $6, $7);

-- demo_series_add(id: number_series_id, company: company_id, year: int, next: int) -> exec
insert into stock.number_series (id, company_id, kind, year, next) values ($1, $2, @series_kind.orders, $3, $4);

-- demo_quote_add(quote: quote_id, buyer: company_id, seller: company_id, asked_by: person_id, offer: offer_id, product: product_id, sku: text, title: text, unit: unit, state: quote_state, quantity: int, currency: text, wish: price?, ship_country: text, words: sealed(quote.words, row quote, key quote), quoted: int?, price: price?, lead: int?, valid_until: time?, asked_at: time, quoted_at: time?, closed_at: time?, due_at: time?) -> exec
insert into setup.quote (id, buyer_id, seller_id, asked_by, offer_id, product_id, sku, title, unit, state, quantity,
	currency, wish_micro, ship_country, words, quoted, price_micro, lead_days, valid_until, asked_at, quoted_at,
	closed_at, due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23);

-- demo_asked_add(asked: asked_id, quote: quote_id, buyer: company_id, seller: company_id, state: quote_state) -> exec
insert into setup.asked (id, quote_id, buyer_id, seller_id, state) values ($1, $2, $3, $4, $5);

-- demo_quote_event_add(id: quote_event_id, quote: quote_id, buyer: company_id, seller: company_id, event: quote_happening, from_state: quote_state?, to_state: quote_state, company: company_id?, person: person_id?, currency: text, quantity: int?, price: price?, lead: int?, valid_until: time?, at: time) -> exec
insert into setup.quote_event (id, quote_id, buyer_id, seller_id, event, from_state, to_state, company_id, person_id,
	currency, quantity, price_micro, lead_days, valid_until, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);
