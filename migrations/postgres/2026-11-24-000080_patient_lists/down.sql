DROP INDEX patients_organization_id_family_name_created_at_id_idx;
ALTER TABLE patients ALTER COLUMN family_name TYPE text COLLATE "default";
CREATE INDEX patients_organization_id_family_name_id_idx ON patients (organization_id, family_name, id);
CREATE INDEX patients_organization_id_attending_member_id_idx ON patients (organization_id, attending_member_id);
DROP INDEX patients_organization_id_attending_created_at_id_idx;
DROP INDEX patients_organization_id_status_created_at_id_idx;
