-- The writing of templates: drafts with their versions, and what is asked of Meta for them. What Meta has is in templates.
set local role djigbachats_owner;

create table template_drafts (
    business_id uuid not null,
    draft_id uuid not null,
    waba_id text not null,
    -- Of the newest version.
    name text not null,
    language text not null,
    version integer not null,
    -- Meta's id of the template that the draft was published as, or was made from; null before that.
    template_id text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    -- Since when it is no longer offered for editing; null while it is.
    discarded_at timestamptz,
    primary key (business_id, draft_id),
    foreign key (business_id, waba_id) references wabas
);
comment on table template_drafts is 'Templates that a business writes: each has one draft for a name and a language of an account.';
create unique index template_drafts_name_idx on template_drafts (business_id, waba_id, name, language) where discarded_at is null;
call enable_tenant_isolation('template_drafts');
call grant_business('template_drafts', 'select, insert, update');

create table template_versions (
    business_id uuid not null,
    draft_id uuid not null,
    -- From 1.
    version integer not null,
    -- Name, language, category, parameter format and components, as common::template::TemplateDefinition writes them.
    definition jsonb not null,
    -- The API key that wrote it.
    author_key_id uuid not null,
    created_at timestamptz not null,
    primary key (business_id, draft_id, version),
    foreign key (business_id, draft_id) references template_drafts
);
comment on table template_versions is 'What each draft said at each time, and who wrote it. A version never changes.';
call enable_tenant_isolation('template_versions');
call grant_business('template_versions', 'select, insert');

create table template_publications (
    business_id uuid not null,
    publication_id uuid not null,
    waba_id text not null,
    -- What is published; both null for a deletion without a draft.
    draft_id uuid,
    version integer,
    -- Meta's id of the template that is edited or deleted, and of the created one once it is known.
    template_id text,
    name text not null,
    -- Null for a deletion of all languages.
    language text,
    -- 1 create, 2 edit, 3 delete
    action smallint not null,
    -- 1 waiting, 2 accepted, 3 refused, 4 cancelled
    state smallint not null,
    -- How often it was tried.
    attempt smallint not null default 0,
    -- When it is tried (again). Null once it has ended.
    due_at timestamptz,
    -- Until when the worker that carries it out has it for itself; null while none has.
    leased_until timestamptz,
    -- Why it waits or was refused, and what to do, for a person to read: {"en": …, "fr": …}.
    explanation jsonb,
    -- What Meta answered: its status and category, or its error with the codes.
    meta_answer jsonb,
    requested_key_id uuid not null,
    requested_at timestamptz not null,
    ended_at timestamptz,
    primary key (business_id, publication_id),
    foreign key (business_id, waba_id) references wabas,
    foreign key (business_id, draft_id, version) references template_versions,
    check ((draft_id is null) = (version is null)),
    check (action = 3 or draft_id is not null),
    check (action = 1 or template_id is not null or language is null),
    check ((due_at is null) = (ended_at is not null))
);
comment on table template_publications is 'What was asked of Meta for templates, by whom, when, and what Meta answered.';
create index template_publications_due_at_idx on template_publications (due_at) where due_at is not null;
-- The calls of one account are made one after the other.
create unique index template_publications_lease_idx on template_publications (business_id, waba_id)
    where leased_until is not null and due_at is not null;
create index template_publications_waba_idx on template_publications (business_id, waba_id, publication_id);
call enable_tenant_isolation('template_publications');
call grant_business('template_publications', 'select, insert, update');
-- Finds what is due; writes in the scope of each business.
call grant_worker('sync', 'template_publications', 'select, update (leased_until, attempt)');

reset role;
