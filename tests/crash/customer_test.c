/* Customers who are erased, after a crash at any call that writes: keys go before interactions and
 * the record, what was reported done is done, interactions go all or none, and the same call again
 * does what was left, with one entry in the log. */
#include "../unit/suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#include "kept_disks.h"
#include "sharing/vault.h"

#define NOW INT64_C(1722470400000000) /* 2024-08-01 */
#define EVENTS 3
#define CUSTOMERS 4

/* How each is erased. */
static const int32_t contact[] = {CSTN_VAULT_CONTACT};
static const struct {
	const char *id;
	size_t n_categories;
	uint32_t flags;
} people[CUSTOMERS] = {{"al", 1, CSTN_ERASE_EVENTS}, {"bo", 0, CSTN_ERASE_EVENTS}, {"cy", 1, 0},
		{"di", 0, 0}};

#define OK(call) ck_assert_int_eq(call, CSTN_OK)

static const char *signer(void)
{
	static char text[256];
	const uint8_t seed[32] = {5};
	cstn_buffer *secret, *verifier;

	if (text[0])
		return text;
	OK(cstn_note_key_new("vault.example", 13, CSTN_NOTE_KEY_SIGN, seed, NULL, &secret,
			&verifier, NULL));
	snprintf(text, sizeof(text), "%s", (const char *)cstn_buffer_data(secret));
	cstn_buffer_free(secret);
	cstn_buffer_free(verifier);
	return text;
}

static cstn_status root_key(void *user, uint8_t *key)
{
	(void)user;
	memset(key, 3, CSTN_VAULT_KEY_SIZE);
	return CSTN_OK;
}

static cstn_vault *open_vault(sim_vfs *sim, cstn_network *network)
{
	cstn_vault_options options = CSTN_VAULT_OPTIONS_INIT;
	cstn_vault *vault = NULL;

	options.root_key = root_key;
	options.network = network;
	options.party = "shop";
	options.signer = signer();
	OK(cstn__vault_open_on(&sim->vfs, NULL, "/vault", &options, NULL, &vault, NULL));
	return vault;
}

/* --- what happens ----------------------------------------------------------------------------- */

static void put_record(cstn_network *network, const char *noun, const char *const *pairs)
{
	cstn_record_builder *builder;
	cstn_record *record;

	OK(cstn_record_builder_new(noun, NULL, &builder, NULL));
	for (; *pairs; pairs += 2)
		OK(cstn_record_builder_set_text(
				builder, pairs[0], pairs[1], strlen(pairs[1]), NULL));
	OK(cstn_record_builder_build(builder, &record, NULL));
	OK(cstn_network_put(network, record, NULL, NULL));
	cstn_record_unref(record);
	cstn_record_builder_free(builder);
}

static void fill(cstn_network *network, cstn_vault *vault)
{
	const cstn_customer_field fields[] = {{"email", (const uint8_t *)"a@example.org", 13},
			{"name", (const uint8_t *)"A", 1}};

	for (size_t i = 0; i < CUSTOMERS; i++) {
		put_record(network, "customer",
				(const char *const[]){"customer_id", people[i].id, "kind", "person",
						"country", "DE", "recorded", "2024-01-01", NULL});
		OK(cstn_customer_put(vault, network, people[i].id, NULL, fields, 2, NOW - 5, NULL));
		for (int k = 0; k < EVENTS; k++) {
			char id[16];

			snprintf(id, sizeof(id), "%s-%d", people[i].id, k);
			put_record(network, "interaction",
					(const char *const[]){"event_id", id, "customer_id",
							people[i].id, "kind", "order", "valid",
							"2024-02-01", "recorded", "2024-02-01",
							NULL});
		}
	}
}

static cstn_status erase(cstn_network *network, cstn_vault *vault, size_t i)
{
	cstn_customer_erasure how = CSTN_CUSTOMER_ERASURE_INIT;

	how.flags = people[i].flags;
	how.categories = contact;
	how.n_categories = people[i].n_categories;
	how.reason = people[i].id; /* by which the log is read */
	how.now_us = NOW;
	return cstn_customer_erase_categories(vault, network, people[i].id, &how, NULL, NULL);
}

/* --- what is found ---------------------------------------------------------------------------- */

static size_t events_of(cstn_network *network, const char *customer)
{
	cstn_snapshot *snapshot;
	size_t n = 0;

	OK(cstn_network_snapshot(network, &snapshot, NULL));
	for (int k = 0; k < EVENTS; k++) {
		char id[16];
		const char *key[] = {id};
		cstn_record *record = NULL;

		snprintf(id, sizeof(id), "%s-%d", customer, k);
		n += cstn_snapshot_get(snapshot, "interaction", key, 1, CSTN_AS_OF_NOW, &record,
				     NULL) == CSTN_OK;
		cstn_record_unref(record);
	}
	cstn_snapshot_unref(snapshot);
	return n;
}

static int has_country(cstn_network *network, const char *customer)
{
	const char *key[] = {customer};
	cstn_snapshot *snapshot;
	cstn_record *record;
	int has;

	OK(cstn_network_snapshot(network, &snapshot, NULL));
	OK(cstn_snapshot_get(snapshot, "customer", key, 1, CSTN_AS_OF_NOW, &record, NULL));
	has = cstn_record_has(record, CSTN_NO_LINE, "country");
	cstn_record_unref(record);
	cstn_snapshot_unref(snapshot);
	return has;
}

static cstn_status read_field(cstn_vault *vault, const char *customer, const char *path)
{
	cstn_buffer *value = NULL;
	cstn_status status = cstn_vault_get(vault, customer, customer, path, &value, NULL);

	cstn_buffer_free(value);
	return status;
}

/* How often the log says that this customer was erased. */
static size_t entries_of(cstn_network *network, const char *customer)
{
	cstn_shared_log *log;
	char reason[32];
	size_t n = 0;

	snprintf(reason, sizeof(reason), "\"reason\":\"%s\"", customer);
	OK(cstn_shared_log_open(network, "shop", NULL, NULL, &log, NULL));
	for (uint64_t i = 0; i < cstn_log_size(cstn_shared_log_tree(log)); i++) {
		cstn_buffer *entry;
		uint64_t end;
		char text[600];

		OK(cstn_shared_log_read(log, i, 1, &end, &entry, NULL));
		snprintf(text, sizeof(text), "%.*s", (int)end,
				(const char *)cstn_buffer_data(entry));
		n += strstr(text, reason) != NULL;
		cstn_buffer_free(entry);
	}
	cstn_shared_log_free(log);
	return n;
}

/* As it must be once its erasure was reported. */
static void check_done(cstn_network *network, cstn_vault *vault, size_t i)
{
	int whole = people[i].n_categories == 0;
	const char *id = people[i].id;

	ck_assert_int_eq(read_field(vault, id, "customer.email"), CSTN_E_ERASED);
	ck_assert_int_eq(read_field(vault, id, "customer.name"), whole ? CSTN_E_ERASED : CSTN_OK);
	ck_assert_uint_eq(events_of(network, id), people[i].flags ? 0 : EVENTS);
	ck_assert_int_eq(has_country(network, id), !whole);
	ck_assert_uint_eq(entries_of(network, id), 1);
}

/* Whatever the instant: the network forgets nothing of one whose keys live, and all at once. */
static void check_order(cstn_network *network, cstn_vault *vault, size_t i)
{
	cstn_status email = read_field(vault, people[i].id, "customer.email");
	size_t events = events_of(network, people[i].id);
	int country = has_country(network, people[i].id);

	ck_assert(email == CSTN_OK || email == CSTN_E_ERASED);
	ck_assert(events == 0 || events == EVENTS);
	if (email == CSTN_OK) {
		ck_assert_uint_eq(events, EVENTS);
		ck_assert_int_eq(country, 1);
	}
	if (people[i].n_categories == 0 && people[i].flags)
		ck_assert_int_eq(country, events == EVENTS);
	ck_assert_uint_eq(entries_of(network, people[i].id), email == CSTN_E_ERASED);
}

static void check_image(sim_disk *image, const void *seen)
{
	const size_t done = *(const size_t *)seen;
	sim_vfs *sim = sim_vfs_new(image, 2);
	cstn_network *network = kept_network(sim, CSTN_COMMIT_FULL);
	cstn_vault *vault = open_vault(sim, network);

	for (size_t i = 0; i < CUSTOMERS; i++) {
		if (i < done)
			check_done(network, vault, i);
		else
			check_order(network, vault, i);
	}
	for (size_t i = 0; i < CUSTOMERS; i++) {
		OK(erase(network, vault, i));
		check_done(network, vault, i);
	}
	cstn_vault_free(vault);
	cstn_network_unref(network);
	sim_vfs_free(sim);
}

START_TEST(keys_go_first_and_the_same_call_does_the_rest)
{
	static kept_disks all;
	sim_disk *disk = sim_disk_new();
	sim_vfs *sim = sim_vfs_new(disk, 1);
	cstn_network *network = kept_network(sim, CSTN_COMMIT_FULL);
	cstn_vault *vault = open_vault(sim, network);
	size_t done = 0;
	uint64_t images;

	fill(network, vault);
	OK(cstn_network_sync(network, NULL));
	kept_begin(&all, sim, &done, sizeof(done));
	for (size_t i = 0; i < CUSTOMERS; i++) {
		OK(erase(network, vault, i));
		done++;
	}
	images = kept_check(&all, sim, SIM_LOSSES, check_image);
	printf("states: customers: %d erased, %zu crashes, %" PRIu64 " disks\n", CUSTOMERS, all.n,
			images);
	ck_assert_uint_gt(images * test_every(), 50);
	cstn_vault_free(vault);
	cstn_network_unref(network);
	sim_vfs_free(sim);
	sim_disk_unref(disk);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {keys_go_first_and_the_same_call_does_the_rest};

	return run_tests("crash_customer", tests, sizeof(tests) / sizeof(tests[0]));
}
