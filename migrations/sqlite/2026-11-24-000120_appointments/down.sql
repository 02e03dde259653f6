DROP TABLE waiting_list;
DROP TABLE appointments;
DROP TABLE slots;
