DROP TABLE record_versions;
DROP FUNCTION record_versions_are_final();
DROP TABLE records;
DROP TABLE break_glass_accesses;
DROP TABLE care_relations;
