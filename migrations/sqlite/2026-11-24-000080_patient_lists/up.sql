-- Lists that are filtered stay as fast as unfiltered ones however many patients there are: the filter comes first in the
-- index, then the order of the list.
CREATE INDEX patients_organization_id_status_created_at_id_idx ON patients (organization_id, status, created_at, id);
CREATE INDEX patients_organization_id_attending_created_at_id_idx
    ON patients (organization_id, attending_member_id, created_at, id);
DROP INDEX patients_organization_id_attending_member_id_idx;
