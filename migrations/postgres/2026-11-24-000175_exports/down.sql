DROP TABLE patient_exports;
