DROP TABLE eligibility_checks;
DROP TABLE spend_rates;
DROP TABLE spend;
