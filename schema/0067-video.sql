-- The address of a video or post elsewhere that a supplier shows; it loads after a click alone.
alter table r_product add column video text null;
alter table r_company add column video text null;
