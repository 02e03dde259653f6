DROP TABLE passkey_states;
DROP TABLE factor_throttles;
DROP TABLE factor_challenges;
DROP TABLE recovery_codes;
DROP TABLE factors;
