alter table campaigns drop column pause_reason, drop column judged_from;
