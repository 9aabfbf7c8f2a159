alter table messages drop column media_id;
drop table due_media_uploads, media_uploads, media_chunks, media;
