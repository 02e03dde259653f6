DROP TABLE record_versions;
DROP TABLE records;
DROP TABLE break_glass_accesses;
DROP TABLE care_relations;
