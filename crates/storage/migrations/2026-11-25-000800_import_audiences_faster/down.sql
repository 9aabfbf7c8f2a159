set local role djigbachats_owner;

drop trigger campaigns_exist on campaign_recipients;
drop trigger delete_recipients on campaigns;
drop function campaigns_of_recipients_exist(), delete_recipients_of_campaign();
alter table campaign_recipients add foreign key (business_id, campaign_id) references campaigns on delete cascade;
alter policy business on campaign_recipients
    using (business_id = current_business()) with check (business_id = current_business());

reset role;
