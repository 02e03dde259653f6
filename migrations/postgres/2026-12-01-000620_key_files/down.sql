DROP POLICY organizations_operator_sees ON organizations;
DROP TABLE key_fingerprints;
