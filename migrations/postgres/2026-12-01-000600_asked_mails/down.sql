DROP TABLE asked_mails;
