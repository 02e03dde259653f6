DROP TABLE passkey_states, factor_throttles, factor_challenges, recovery_codes, factors;
