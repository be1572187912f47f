/* Out of memory in a vault, and in consent and private set intersection: what fails leaves the
 * vault as it was, and it goes on. */
#include "oom.h"

#include "../unit/ledger_fixture.h"

#define MAIL "p@example.org"

typedef struct held {
	cstn_log *log;
	cstn_vault *vault;
	cstn_vault_options options;
} held;

static cstn_status root_key(void *user, uint8_t *key)
{
	(void)user;
	memset(key, 3, CSTN_VAULT_KEY_SIZE);
	return CSTN_OK;
}

static cstn_vault_cell cell_of(const char *who)
{
	return (cstn_vault_cell){who, who, "customer.email", (const uint8_t *)MAIL, strlen(MAIL),
			CSTN_VAULT_CONTACT, CSTN_VAULT_FORM_EMAIL, 1, 0};
}

static void begin(held *at, const cstn_allocator *allocator, int open)
{
	const cstn_vault_options fresh = CSTN_VAULT_OPTIONS_INIT;
	cstn_vault_cell cell = cell_of("jo");

	memset(at, 0, sizeof(*at));
	at->log = ledger_log("vault.example/log");
	at->options = fresh;
	at->options.root_key = root_key;
	at->options.log = at->log;
	at->options.signer = ledger_signer();
	if (!open)
		return;
	ck_assert_int_eq(cstn_vault_open(NULL, &at->options, allocator, &at->vault, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vault_put(at->vault, &cell, 1, 1, NULL), CSTN_OK);
}

/* It goes on: what was put is there, and more can be. */
static void end(held *at, int erased)
{
	cstn_vault_cell cell = cell_of("later");
	cstn_buffer *value = NULL;

	if (at->vault) {
		ck_assert_int_eq(cstn_vault_put(at->vault, &cell, 1, 1, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_vault_get(at->vault, "jo", "jo", "customer.email", &value,
						 NULL),
				erased ? CSTN_E_ERASED : CSTN_OK);
		cstn_buffer_free(value);
	}
	cstn_vault_free(at->vault);
	cstn_log_free(at->log);
}

static cstn_status vault_open(oom *o)
{
	cstn_vault *vault = NULL;
	cstn_status status;
	held at;

	begin(&at, NULL, 0);
	oom_arm(o);
	OOM_CALL(status, cstn_vault_open(NULL, &at.options, o->allocator, &vault, &error));
	oom_disarm(o);
	ck_assert((status == CSTN_OK) == (vault != NULL));
	at.vault = NULL;
	cstn_vault_free(vault);
	end(&at, 0);
	return status;
}

/* Calls that give a buffer or nothing. */
static cstn_status on_vault(oom *o)
{
	cstn_vault_cell cell = cell_of("al"), plain = cell_of("al");
	uint8_t bytes[32] = {0};
	cstn_buffer *out = NULL;
	uint64_t n = 0;
	cstn_status status;
	held at;

	begin(&at, o->allocator, 1);
	plain.form = CSTN_VAULT_FORM_NONE;
	oom_arm(o);
	switch (o->which) {
	case 0:
		OOM_CALL(status, cstn_vault_put(at.vault, &cell, 1, 2, &error));
		break;
	case 1:
		OOM_CALL(status, cstn_vault_get(at.vault, "jo", "jo", "customer.email", &out,
						 &error));
		break;
	case 2:
		OOM_CALL(status, cstn_vault_seal(at.vault, &plain, 2, &out, &error));
		break;
	case 3:
		OOM_CALL(status, cstn_vault_commit(at.vault, &cell, 2, bytes, &error));
		break;
	case 4:
		OOM_CALL(status, cstn_vault_hold(at.vault, "jo", "why", 2, &error));
		break;
	case 5:
		OOM_CALL(status, cstn_vault_purge(at.vault, NULL, &n, &error));
		break;
	default:
		OOM_CALL(status, cstn_vault_backup_keys(at.vault, 1, bytes, &out, &error));
		break;
	}
	ck_assert(status == CSTN_OK || !out);
	cstn_buffer_free(out);
	oom_disarm(o);
	end(&at, 0);
	return status;
}

static cstn_status unseal(oom *o)
{
	cstn_vault_cell plain = cell_of("al");
	cstn_buffer *sealed, *value = NULL;
	cstn_status status;
	held at;

	begin(&at, o->allocator, 1);
	plain.form = CSTN_VAULT_FORM_NONE;
	ck_assert_int_eq(cstn_vault_seal(at.vault, &plain, 2, &sealed, NULL), CSTN_OK);
	oom_arm(o);
	OOM_CALL(status, cstn_vault_unseal(at.vault, cstn_buffer_data(sealed),
					 cstn_buffer_size(sealed), "al", "customer.email", 1,
					 &value, &error));
	ck_assert((status == CSTN_OK) == (value != NULL));
	cstn_buffer_free(value);
	oom_disarm(o);
	cstn_buffer_free(sealed);
	end(&at, 0);
	return status;
}

static cstn_status find(oom *o)
{
	cstn_vault_matches *found = NULL;
	cstn_status status;
	held at;

	begin(&at, o->allocator, 1);
	oom_arm(o);
	OOM_CALL(status, cstn_vault_find(at.vault, "customer.email", CSTN_VAULT_FORM_EMAIL,
					 (const uint8_t *)MAIL, strlen(MAIL), &found, &error));
	ck_assert((status == CSTN_OK) == (found != NULL));
	cstn_vault_matches_free(found);
	oom_disarm(o);
	end(&at, 0);
	return status;
}

static cstn_status erase(oom *o)
{
	cstn_buffer *proof = NULL;
	cstn_status status;
	uint32_t state = 0;
	held at;

	begin(&at, o->allocator, 1);
	oom_arm(o);
	OOM_CALL(status, cstn_vault_erase_subject(at.vault, "jo", "why", 2, &proof, &error));
	ck_assert((status == CSTN_OK) == (proof != NULL));
	cstn_buffer_free(proof);
	oom_disarm(o);
	/* Gone or not: what the vault says of it is what a read gives. */
	ck_assert_int_eq(cstn_vault_subject(at.vault, "jo", &state, NULL), CSTN_OK);
	ck_assert(status != CSTN_OK || state & CSTN_VAULT_SUBJECT_ERASED);
	ck_assert_uint_le(cstn_log_size(at.log), 1);
	end(&at, (state & CSTN_VAULT_SUBJECT_ERASED) != 0);
	return status;
}

/* Done again it is done, whatever was there before, and entered once. */
static cstn_status erase_category(oom *o)
{
	static const int32_t contact[] = {CSTN_VAULT_CONTACT};
	cstn_buffer *proof = NULL;
	cstn_status status;
	held at;

	begin(&at, o->allocator, 1);
	oom_arm(o);
	OOM_CALL(status, cstn_vault_erase_categories(
					 at.vault, "jo", contact, 1, "why", 2, &proof, &error));
	ck_assert((status == CSTN_OK) == (proof != NULL));
	cstn_buffer_free(proof);
	oom_disarm(o);
	ck_assert_int_eq(cstn_vault_erase_categories(
					 at.vault, "jo", contact, 1, "why", 2, NULL, NULL),
			CSTN_OK);
	ck_assert_uint_eq(cstn_log_size(at.log), 1);
	end(&at, 1);
	return status;
}

static cstn_status lift(oom *o)
{
	int32_t deferred = 7;
	cstn_status status;
	held at;

	begin(&at, o->allocator, 1);
	ck_assert_int_eq(cstn_vault_hold(at.vault, "jo", "why", 2, NULL), CSTN_OK);
	oom_arm(o);
	OOM_CALL(status, cstn_vault_lift(at.vault, "jo", "why", 2, &deferred, &error));
	oom_disarm(o);
	ck_assert_int_eq(deferred, status == CSTN_OK ? 0 : 7);
	end(&at, 0);
	return status;
}

/* 0: the salt of a place; 1: how a subject stands. */
static cstn_status look(oom *o)
{
	cstn_vault_cell cell = cell_of("jo");
	uint8_t commitment[32], salt[16];
	uint32_t state = 99;
	cstn_status status;
	held at;

	begin(&at, o->allocator, 1);
	ck_assert_int_eq(cstn_vault_commit(at.vault, &cell, 2, commitment, NULL), CSTN_OK);
	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_vault_salt(at.vault, "jo", "jo", "customer.email", salt,
						 &error));
	else
		OOM_CALL(status, cstn_vault_subject(at.vault, "jo", &state, &error));
	oom_disarm(o);
	ck_assert_uint_eq(state, o->which == 1 && status == CSTN_OK ? 0 : 99);
	end(&at, 0);
	return status;
}

static cstn_status restore(oom *o)
{
	static const uint8_t key[32] = {1};
	cstn_vault_restored counts = CSTN_VAULT_RESTORED_INIT;
	cstn_buffer *keys;
	cstn_status status;
	held at;

	begin(&at, o->allocator, 1);
	ck_assert_int_eq(cstn_vault_backup_keys(at.vault, 1, key, &keys, NULL), CSTN_OK);
	oom_arm(o);
	OOM_CALL(status, cstn_vault_restore_keys(at.vault, cstn_buffer_data(keys),
					 cstn_buffer_size(keys), 1, key, 2, &counts, &error));
	oom_disarm(o);
	ck_assert_uint_eq(counts.n_present, status == CSTN_OK ? 2 : 0);
	cstn_buffer_free(keys);
	end(&at, 0);
	return status;
}

static cstn_network *asked(const cstn_allocator *allocator)
{
	static const char *const customer[] = {
			"customer_id", "jo", "kind", "person", "recorded", "2024-01-01", NULL};
	static const char *const consent[] = {"consent_id", "c", "customer_id", "jo", "purpose",
			"4", "basis", "consent", "state", "granted", "valid_from", "2024-01-01",
			"recorded", "2024-01-01", NULL};
	static const char *const order[] = {"event_id", "e", "customer_id", "jo", "kind", "order",
			"valid", "2024-01-01", "recorded", "2024-01-01", NULL};
	static const char *const nouns[] = {"customer", "consent", "interaction"};
	const char *const *const all[] = {customer, consent, order};
	cstn_network *network;

	ck_assert_int_eq(cstn_network_open(NULL, NULL, allocator, &network, NULL), CSTN_OK);
	for (size_t i = 0; i < 3; i++) {
		cstn_record_builder *builder;
		cstn_record *record;

		ck_assert_int_eq(cstn_record_builder_new(nouns[i], NULL, &builder, NULL), CSTN_OK);
		for (const char *const *pair = all[i]; *pair; pair += 2)
			ck_assert_int_eq(cstn_record_builder_set_text(builder, pair[0], pair[1],
							 strlen(pair[1]), NULL),
					CSTN_OK);
		ck_assert_int_eq(cstn_record_builder_build(builder, &record, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_network_put(network, record, NULL, NULL), CSTN_OK);
		cstn_record_builder_free(builder);
		cstn_record_unref(record);
	}
	return network;
}

/* 0: the answer of the records; 1: a value read with it. */
static cstn_status consent(oom *o)
{
	const cstn_consent_question question = {"jo", NULL, NULL, CSTN_PURPOSE_MARKETING, 0,
			INT64_C(1800000000000000), INT64_MAX};
	cstn_network *network = asked(o->allocator);
	cstn_consent out = CSTN_CONSENT_INIT;
	cstn_snapshot *snapshot;
	cstn_buffer *value = NULL;
	cstn_status status;
	held at;

	begin(&at, o->allocator, 1);
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_snapshot_consent(snapshot, &question, &out, &error));
	else
		OOM_CALL(status, cstn_vault_get_consented(at.vault, snapshot, &question,
						 "customer.email", &value, &error));
	ck_assert_int_eq(out.granted, o->which == 0 && status == CSTN_OK);
	ck_assert_int_eq(value != NULL, o->which == 1 && status == CSTN_OK);
	cstn_buffer_free(value);
	oom_disarm(o);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	end(&at, 0);
	return status;
}

/* 0: put; 1: read; 2: find; 3: tell. */
static cstn_status on_customer(oom *o)
{
	const cstn_customer_field field = {"email", (const uint8_t *)MAIL, strlen(MAIL)};
	cstn_consent_question question = {"jo", NULL, NULL, CSTN_PURPOSE_MARKETING, 0,
			INT64_C(1800000000000000), INT64_MAX};
	cstn_network *network = asked(o->allocator);
	cstn_vault_matches *found = NULL;
	cstn_snapshot *snapshot;
	cstn_buffer *value = NULL;
	uint64_t left_out = 9;
	cstn_status status;
	held at;

	begin(&at, o->allocator, 1);
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	oom_arm(o);
	if (o->which == 0) {
		OOM_CALL(status, cstn_customer_put(at.vault, network, "jo", NULL, &field, 1, 2,
						 &error));
	} else if (o->which == 1) {
		OOM_CALL(status, cstn_customer_get(at.vault, snapshot, &question, "email", &value,
						 &error));
	} else if (o->which == 3) {
		cstn_customer_export_options options = CSTN_CUSTOMER_EXPORT_OPTIONS_INIT;

		options.now_us = question.now_us;
		OOM_CALL(status, cstn_customer_export(at.vault, snapshot, "jo", &options, &value,
						 &error));
	} else {
		question.customer = NULL;
		OOM_CALL(status, cstn_customer_find(at.vault, snapshot, &question, "email",
						 field.value, field.value_size, &found, &left_out,
						 &error));
	}
	ck_assert_int_eq(value != NULL, o->which & 1 && status == CSTN_OK);
	ck_assert_int_eq(found != NULL, o->which == 2 && status == CSTN_OK);
	ck_assert_uint_eq(left_out, found ? 0 : 9);
	cstn_buffer_free(value);
	cstn_vault_matches_free(found);
	oom_disarm(o);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	end(&at, 0);
	return status;
}

/* 0: a record that is emptied, too; 1: a category, and interactions. Done again it is done. */
static cstn_status erase_customer(oom *o)
{
	static const int32_t contact[] = {CSTN_VAULT_CONTACT};
	cstn_customer_erasure how = CSTN_CUSTOMER_ERASURE_INIT;
	cstn_network *network = asked(o->allocator);
	cstn_record_builder *builder;
	cstn_record *record;
	cstn_buffer *proof = NULL;
	cstn_status status;
	held at;

	begin(&at, o->allocator, 1);
	ck_assert_int_eq(cstn_record_builder_new("customer", NULL, &builder, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_set_text(builder, "customer_id", "jo", 2, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_set_text(builder, "kind", "person", 6, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_set_text(builder, "country", "DE", 2, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_set_int(
					 builder, "recorded", INT64_C(1800000000000000), NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_build(builder, &record, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_put(network, record, NULL, NULL), CSTN_OK);
	cstn_record_builder_free(builder);
	cstn_record_unref(record);
	how.flags = o->which ? CSTN_ERASE_EVENTS : 0;
	how.categories = contact;
	how.n_categories = o->which ? 1 : 0;
	how.reason = "why";
	how.now_us = INT64_C(1800000000000000);
	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_customer_erase(at.vault, network, "jo", NULL, how.reason,
						 how.now_us, &proof, &error));
	else
		OOM_CALL(status, cstn_customer_erase_categories(
						 at.vault, network, "jo", &how, &proof, &error));
	ck_assert_int_eq(proof != NULL, status == CSTN_OK);
	cstn_buffer_free(proof);
	oom_disarm(o);
	ck_assert_int_eq(cstn_customer_erase_categories(at.vault, network, "jo", &how, NULL, NULL),
			CSTN_OK);
	ck_assert_uint_eq(cstn_log_size(at.log), 1);
	cstn_network_unref(network);
	end(&at, 1);
	return status;
}

const oom_case oom_cases_vault[] = {
		{"cstn_vault_open", vault_open, 0, 0},
		{"cstn_vault_put", on_vault, 0, 0},
		{"cstn_vault_get", on_vault, 0, 1},
		{"cstn_vault_seal", on_vault, 0, 2},
		{"cstn_vault_commit", on_vault, 0, 3},
		{"cstn_vault_hold", on_vault, 0, 4},
		{"cstn_vault_purge", on_vault, 0, 5},
		{"cstn_vault_backup_keys", on_vault, 0, 6},
		{"cstn_vault_unseal", unseal, 0, 0},
		{"cstn_vault_find", find, 0, 0},
		{"cstn_vault_erase_subject", erase, 0, 0},
		{"cstn_vault_erase_categories", erase_category, 0, 0},
		{"cstn_vault_lift", lift, 0, 0},
		{"cstn_vault_salt", look, 0, 0},
		{"cstn_vault_subject", look, 0, 1},
		{"cstn_vault_restore_keys", restore, 0, 0},
		{"cstn_snapshot_consent", consent, 0, 0},
		{"cstn_vault_get_consented", consent, 0, 1},
		{"cstn_customer_put", on_customer, 0, 0},
		{"cstn_customer_get", on_customer, 0, 1},
		{"cstn_customer_find", on_customer, 0, 2},
		{"cstn_customer_export", on_customer, 0, 3},
		{"cstn_customer_erase", erase_customer, 0, 0},
		{"cstn_customer_erase_categories", erase_customer, 0, 1},
};
const size_t oom_count_vault = sizeof(oom_cases_vault) / sizeof(oom_cases_vault[0]);
