alter table messages drop column expired_reason;
drop table service_windows;
