ALTER TABLE break_glass_accesses DROP COLUMN signed_in_at;
