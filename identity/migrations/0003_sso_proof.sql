-- What is believed of a provider besides its word on who somebody is.
alter table sso_providers add column trust_unmarked_emails bigint not null default 0;
alter table sso_providers add column second_factor_acrs text not null default ''; -- one space between
