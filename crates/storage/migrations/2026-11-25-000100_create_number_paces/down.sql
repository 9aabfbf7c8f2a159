drop table number_paces;
