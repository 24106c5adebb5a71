-- Products of a category are found in the index of search (decision 277), and no category is ever deleted: nothing
-- reads this index, and each imported product paid for it.
drop index r_product_category;
