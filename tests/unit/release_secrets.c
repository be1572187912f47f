/* Planted values: after releases of every form, denials, erasures and crashes no personal or
 * competitive value, and no plain digest of one, stands in a log, a proof, an export, a receipt or
 * an error, and no personal one in the files of the network or of the vault. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "csv_rows.h"
#include "ledger_fixture.h"
#include "network_fixture.h"
#include "planted.h"
#include "posix_folder.h"
#include "release_world.h"
#include "suite.h"
#include "vault_fixture.h"

#define PEOPLE 12
#define PRICES 12
#define ROUNDS 48

static const char *const people[PEOPLE] = {"Anselma Quittenbaum", "Bertrun Wolkenstein",
		"Corvinus Habermehl", "Dietlinde Oxenfurt", "Egbertine Palmstroem",
		"Fridolin Zwiebelrock", "Gerswinda Laubfrosch", "Hademar Kienspan",
		"Isengard Muehlbach", "Jodokus Tannhaeuser", "Kunigunde Vielliebchen",
		"Lothar Zinnkraut"};
static const char *const cities[4] = {
		"Oberammergauxx", "Niederstettenq", "Untergruppenw", "Hinterzartenzz"};
static const char *const ills[3] = {"morbus-planted-a", "morbus-planted-b", "morbus-planted-c"};
static const char *const fields[] = {
		"order.id", "order.price", "customer.name", "customer.city", "customer.ill", NULL};

/* Special data leave in cells alone. */
static const char *const plain_fields[] = {
		"order.id", "order.price", "customer.name", "customer.city", NULL};

static int64_t price_of(int i)
{
	return INT64_C(918273645546) + INT64_C(77777777) * i;
}

/* --- what is collected ------------------------------------------------------------------------ */

typedef struct run {
	posix_folder folder;
	char path[512], vault_path[512];
	cstn_network *network;
	cstn_vault *vault;
	const char *row; /* column of cells that is no number of a row; NULL */
	char *said;      /* receipts, errors, decisions */
	size_t said_len, said_room;
	uint64_t random;
	unsigned outcomes[8]; /* by form; 0 denied, 7 refused or failed */
	unsigned crashes, erased;
} run;

static void say(run *at, const void *text, size_t len)
{
	if (at->said_len + len > at->said_room) {
		at->said_room = 2 * at->said_room + len;
		at->said = realloc(at->said, at->said_room);
		ck_assert_ptr_nonnull(at->said);
	}
	memcpy(at->said + at->said_len, text, len);
	at->said_len += len;
}

static void say_buffer(run *at, cstn_buffer *buffer)
{
	say(at, cstn_buffer_data(buffer), cstn_buffer_size(buffer));
	cstn_buffer_free(buffer);
}

static void open_all(run *at)
{
	static uint8_t number = 9;
	cstn_vault_options options = CSTN_VAULT_OPTIONS_INIT;

	options.root_key = vault_root_key;
	options.root_key_user = &number;
	options.network = at->network;
	options.party = "maker";
	options.signer = ledger_signer();
	SHARING_OK(cstn_network_open(at->path, NULL, NULL, &at->network, &error));
	options.network = at->network;
	SHARING_OK(cstn_vault_open(at->vault_path, &options, NULL, &at->vault, &error));
}

static void close_all(run *at)
{
	SHARING_OK(cstn_vault_close(at->vault, &error));
	cstn_vault_free(at->vault);
	SHARING_OK(cstn_network_close(at->network, &error));
	cstn_network_unref(at->network);
}

/* --- releases --------------------------------------------------------------------------------- */

static void planted_rows(struct ArrowArrayStream *out, uint64_t *random, int n)
{
	static const char schema[] = "id int64\nprice int64\nname text\ncity text\nill text\n"
				     "firm text\nother text\n";
	char *text = malloc((size_t)n * 160 + 200), *at = text;

	ck_assert_ptr_nonnull(text);
	at += sprintf(at, "id,price,name,city,ill,firm,other\n");
	for (int i = 0; i < n; i++)
		at += sprintf(at, "%d,%" PRId64 ",%s,%s,%s,firm%d,%s\n", i,
				price_of((int)sharing_roll(random, PRICES)),
				people[sharing_roll(random, PEOPLE)],
				cities[sharing_roll(random, 4)], ills[sharing_roll(random, 3)],
				i % 7, people[sharing_roll(random, PEOPLE)]);
	csv_rows(out, schema, text);
	free(text);
}

static const cstn_generalise_step price_step = {
		NULL, CSTN_GENERALISE_BUCKET, 0, INT64_C(1000000000000), 0, 0, 0, NULL};
static const cstn_generalise_step text_step = {NULL, CSTN_GENERALISE_PREFIX, 1, 0, 0, 0, 0, NULL};
static const cstn_generalise_step id_step = {NULL, CSTN_GENERALISE_BUCKET, 0, 100, 0, 0, 0, NULL};
static const cstn_release_column columns[] = {{"id", "order.id", &id_step, 1},
		{"price", "order.price", &price_step, 1}, {"name", "customer.name", &text_step, 1},
		{"city", "customer.city", &text_step, 1}, {"ill", "customer.ill", &text_step, 1}};
static const char *const by_city[] = {"city"};

static cstn_status try_one(
		run *at, const cstn_request_options *asks, cstn_release **out, cstn_error **error)
{
	cstn_aggregate_options aggregate = CSTN_AGGREGATE_OPTIONS_INIT;
	cstn_noise_options noise = CSTN_NOISE_OPTIONS_INIT;
	cstn_release_options options = CSTN_RELEASE_OPTIONS_INIT;
	static const uint8_t key[32] = "the secret of maker's pseudonyms";
	cstn_request *request = release_request(asks);
	struct ArrowArrayStream rows;
	cstn_status status;

	planted_rows(&rows, &at->random, 40 + (int)sharing_roll(&at->random, 60));
	aggregate.by = by_city;
	aggregate.n_by = 1;
	aggregate.company = "firm";
	aggregate.sensitive = "ill";
	aggregate.row = at->row;
	noise.kind = CSTN_NOISE_COUNT;
	noise.subject = "name";
	noise.partition = "city";
	noise.partitions = cities;
	noise.n_partitions = 4;
	options.columns = columns;
	options.n_columns = asks->level < CSTN_LEVEL_AGGREGATED ? 4 : 5;
	options.data_set = "orders of may";
	options.aggregate = asks->level == CSTN_LEVEL_AGGREGATED ? &aggregate : NULL;
	options.noise = asks->level == CSTN_LEVEL_NOISED ? &noise : NULL;
	options.pseudonym_key = key;
	status = cstn_release_open(at->network, request, &rows, &options, out, error);
	cstn_request_unref(request);
	return status;
}

static void ask(run *at, cstn_request_options *asks, int32_t level)
{
	*asks = release_asks(level, level < CSTN_LEVEL_AGGREGATED ? plain_fields : fields);
	asks->nonce[3] = (uint8_t)sharing_roll(&at->random, 256);
	asks->nonce[4] = (uint8_t)sharing_roll(&at->random, 256);
	asks->flags = CSTN_REQUEST_DOWNGRADE_OK * sharing_roll(&at->random, 2);
	asks->nano_epsilon = level == CSTN_LEVEL_NOISED ? 500000000 : 0;
}

static void release_one(run *at, int32_t level)
{
	cstn_release_receipt *receipt = NULL;
	cstn_request_options asks;
	cstn_release *release = NULL;
	cstn_error *told = NULL;
	cstn_buffer *text = NULL;
	struct ArrowArray batch;
	cstn_status status;

	ask(at, &asks, level);
	status = try_one(at, &asks, &release, &told);
	if (status != CSTN_OK) {
		at->outcomes[status == CSTN_E_DENIED ? 0 : 7]++;
		say(at, cstn_error_message(told), strlen(cstn_error_message(told)));
		cstn_error_free(told);
		return;
	}
	at->outcomes[level]++;
	while (sharing_roll(&at->random, 8) && cstn_release_next(release, &batch, &told) == CSTN_OK)
		batch.release(&batch);
	if (told)
		say(at, cstn_error_message(told), strlen(cstn_error_message(told)));
	cstn_error_free(told);
	SHARING_OK(cstn_decision_record(cstn_release_decision(release), &text, &error));
	say_buffer(at, text);
	SHARING_OK(cstn_decision_explain(cstn_release_decision(release), &text, &error));
	say_buffer(at, text);
	if (sharing_roll(&at->random, 4)) {
		SHARING_OK(cstn_release_finish(release, &receipt, &error));
		SHARING_OK(cstn_release_receipt_json(receipt, &text, &error));
		say_buffer(at, text);
		cstn_release_receipt_free(receipt);
	}
	cstn_release_free(release);
}

/* Refused with words about a value that cannot be: a price is no number of a row, a name none at
 * all. */
static void refuse_one(run *at, unsigned number)
{
	unsigned before = at->outcomes[7];

	at->row = number % 2 ? "price" : "name";
	release_one(at, CSTN_LEVEL_AGGREGATED);
	at->row = NULL;
	ck_assert_uint_eq(at->outcomes[7], before + 1);
}

/* Denied; the facts of the request are somebody's. */
static void deny_one(run *at)
{
	static const char *const others[] = {"rival", "nobody"};
	const char *name = people[sharing_roll(&at->random, PEOPLE)];
	cstn_id value = {name, strlen(name)};
	cstn_fact fact = {.operand = "who",
			.operand_len = 3,
			.type = CSTN_OPERAND_ID,
			.ids = &value,
			.n_ids = 1};
	cstn_request_options asks;
	cstn_release *release = NULL;
	cstn_error *error = NULL;

	ask(at, &asks, CSTN_LEVEL_RAW);
	asks.recipient = others[sharing_roll(&at->random, 2)];
	asks.facts = &fact;
	asks.n_facts = 1;
	ck_assert_int_eq(try_one(at, &asks, &release, &error), CSTN_E_DENIED);
	say(at, cstn_error_message(error), strlen(cstn_error_message(error)));
	cstn_error_free(error);
	at->outcomes[0]++;
}

/* A commitment is logged, and some time later the person is forgotten. */
static void erase_one(run *at, unsigned number)
{
	const char *name = people[number % PEOPLE];
	char who[32], hex[65], json[120];
	cstn_transaction *transaction;
	uint8_t commitment[32];
	cstn_buffer *proof;
	cstn_vault_cell cell;

	sprintf(who, "subject-%u", number);
	cell = vault_cell(who, "customer.name", name);
	SHARING_OK(cstn_vault_put(at->vault, &cell, 1, RELEASE_NOW, &error));
	SHARING_OK(cstn_vault_commit(at->vault, &cell, RELEASE_NOW, commitment, &error));
	sodium_bin2hex(hex, sizeof(hex), commitment, sizeof(commitment));
	sprintf(json, "{\"commitment\":\"%s\"}", hex);
	transaction = network_begin(at->network);
	SHARING_OK(cstn_transaction_log(transaction, "maker", "c1", "x-committed", RELEASE_NOW,
			json, strlen(json), NULL, &error));
	network_commit(transaction);
	if (number / 4 % 2)
		return;
	SHARING_OK(cstn_vault_erase_subject(
			at->vault, who, "asked by the person", RELEASE_NOW, &proof, &error));
	say_buffer(at, proof);
	at->erased++;
}

/* A process that ends in the middle of a release. */
static void crash_one(run *at)
{
	pid_t child;
	int state;

	close_all(at);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		cstn_release *release = NULL;
		cstn_request_options asks;
		struct ArrowArray batch;

		open_all(at);
		ask(at, &asks, CSTN_LEVEL_PSEUDONYM);
		asks.flags = CSTN_REQUEST_DOWNGRADE_OK;
		if (try_one(at, &asks, &release, NULL) != CSTN_OK)
			_exit(3);
		(void)!cstn_release_next(release, &batch, NULL);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &state, 0), child);
	ck_assert(WIFEXITED(state));
	ck_assert_int_eq(WEXITSTATUS(state), 0);
	at->crashes++;
	open_all(at);
}

/* --- what is looked through ------------------------------------------------------------------- */

static void expect_none(const char *where, const char *found)
{
	ck_assert_msg(found == NULL, "%s holds %s", where, found);
}

/* Entries, proofs, checkpoint and export of a log. */
static uint64_t look_through(run *at, const planted *all, const char *constellation)
{
	const char *signer = ledger_signer();
	cstn_shared_log *log;
	cstn_buffer *proof, *checkpoint;
	const cstn_log *tree;
	uint64_t read = 0;
	char folder[512], *text = release_log(at->network, "maker", constellation);

	expect_none("a log", planted_seek(all, text, strlen(text)));
	read += strlen(text);
	free(text);
	SHARING_OK(cstn_shared_log_open(at->network, "maker", constellation, NULL, &log, &error));
	tree = cstn_shared_log_tree(log);
	for (uint64_t i = 0; i < cstn_log_size(tree); i++) {
		SHARING_OK(cstn_log_prove_inclusion(tree, i, cstn_log_size(tree), &proof, &error));
		expect_none("a proof", planted_seek(all, cstn_buffer_data(proof),
						       cstn_buffer_size(proof)));
		read += cstn_buffer_size(proof);
		cstn_buffer_free(proof);
	}
	SHARING_OK(cstn_log_checkpoint(tree, &signer, 1, &checkpoint, &error));
	posix_folder_at(&at->folder, constellation ? "tiles" : "own", folder);
	SHARING_OK(cstn_shared_log_export_tiles(log, folder,
			(const char *)cstn_buffer_data(checkpoint), cstn_buffer_size(checkpoint),
			&error));
	cstn_buffer_free(checkpoint);
	cstn_shared_log_free(log);
	expect_none("an export", planted_seek_files(all, folder, &read));
	return read;
}

static void plant(planted *personal, planted *all)
{
	for (int i = 0; i < PEOPLE; i++) {
		planted_text(personal, "a name", people[i], strlen(people[i]));
		planted_text(all, "a name", people[i], strlen(people[i]));
	}
	for (int i = 0; i < 4; i++)
		planted_text(all, "a city", cities[i], strlen(cities[i]));
	for (int i = 0; i < 3; i++) {
		planted_text(personal, "an illness", ills[i], strlen(ills[i]));
		planted_text(all, "an illness", ills[i], strlen(ills[i]));
	}
	for (int i = 0; i < PRICES; i++)
		planted_number(all, "a price", price_of(i));
}

static void agree(run *at)
{
	cstn_term_builder *builder = release_term("shop", CSTN_LEVEL_RAW, fields);
	cstn_term_retention retention = CSTN_TERM_RETENTION_INIT;
	cstn_term *term;

	retention.max_us = 30 * RELEASE_DAY;
	retention.then = CSTN_DELIVERED_DELETE;
	SHARING_OK(cstn_term_builder_set_retention(builder, &retention, &error));
	SHARING_OK(cstn_term_builder_set_legal_basis(builder, "gdpr-6-1-b", &error));
	term = release_term_end(builder);
	release_agree(at->network, "shop", &term, 1, NULL);
}

START_TEST(no_planted_value_is_found_after_a_random_run)
{
	run at = {.random = 20261123};
	planted *personal = planted_new(), *all = planted_new();
	uint64_t read = 0;

	plant(personal, all);
	posix_folder_make(&at.folder);
	posix_folder_at(&at.folder, "network", at.path);
	posix_folder_at(&at.folder, "vault", at.vault_path);
	open_all(&at);
	release_world_fill(at.network);
	agree(&at);
	for (unsigned i = 0; i < ROUNDS; i++) {
		release_one(&at, 1 + (int32_t)(i % 6));
		if (i % 3 == 0)
			deny_one(&at);
		if (i % 4 == 1)
			erase_one(&at, i);
		if (i % 12 < 2)
			refuse_one(&at, i);
		if (i % 16 == 15)
			crash_one(&at);
	}
	read += look_through(&at, all, "c1");
	read += look_through(&at, all, NULL);
	expect_none("what was said", planted_seek(all, at.said, at.said_len));
	read += at.said_len;
	SHARING_OK(cstn_network_checkpoint(at.network, &error));
	close_all(&at);
	expect_none("the network", planted_seek_files(personal, at.path, &read));
	expect_none("the vault", planted_seek_files(personal, at.vault_path, &read));
	printf("%zu needles in %" PRIu64 " bytes; releases by form", planted_count(all), read);
	for (int i = 1; i <= 6; i++) {
		printf(" %u", at.outcomes[i]);
		ck_assert_uint_gt(at.outcomes[i], 0);
	}
	printf(", %u denied, %u refused, %u crashes, %u erased\n", at.outcomes[0], at.outcomes[7],
			at.crashes, at.erased);
	planted_free(personal);
	planted_free(all);
	free(at.said);
	posix_folder_remove(&at.folder);
}
END_TEST

/* The search finds what it should find. */
START_TEST(planted_values_are_found_where_they_are)
{
	static const char entry[] = "{\"who\":\"Lothar Zinnkraut\"}";
	planted *all = planted_new();
	run at = {.random = 1};
	cstn_transaction *transaction;
	uint64_t read = 0;
	uint8_t digest[32];
	char hex[65];

	planted_text(all, "a name", people[11], strlen(people[11]));
	planted_number(all, "a price", price_of(3));
	ck_assert_ptr_null(planted_seek(all, "Lothar Zinnkrau", 15));
	ck_assert_str_eq(planted_seek(all, entry, strlen(entry)), "a name: the value as bytes");
	crypto_hash_sha256(digest, (const uint8_t *)people[11], strlen(people[11]));
	ck_assert_str_eq(planted_seek(all, digest, 32), "a name: SHA-256 as bytes");
	sodium_bin2hex(hex, sizeof(hex), digest, 32);
	ck_assert_str_eq(planted_seek(all, hex, 64), "a name: SHA-256 in hexadecimal");
	sodium_bin2base64(hex, sizeof(hex), digest, 32, sodium_base64_VARIANT_ORIGINAL);
	ck_assert_str_eq(planted_seek(all, hex, strlen(hex)), "a name: SHA-256 in base64");
	ck_assert_str_eq(planted_seek(all, "x918506978877y", 14), "a price: the value as bytes");
	/* in the files of a network whose host has put it into the log */
	posix_folder_make(&at.folder);
	posix_folder_at(&at.folder, "network", at.path);
	SHARING_OK(cstn_network_open(at.path, NULL, NULL, &at.network, &error));
	transaction = network_begin(at.network);
	SHARING_OK(cstn_transaction_log(transaction, "maker", "c1", "x-leak", 1, entry,
			strlen(entry), NULL, &error));
	network_commit(transaction);
	ck_assert_ptr_nonnull(planted_seek_files(all, at.path, &read));
	cstn_network_unref(at.network);
	posix_folder_remove(&at.folder);
	planted_free(all);
}
END_TEST

/* FIPS 180-4 and RFC 1321: "abc". */
START_TEST(digests_of_the_search_are_those_of_their_standards)
{
	char hex[41];
	uint8_t out[20];

	planted_sha1("abc", 3, out);
	ck_assert_str_eq(sodium_bin2hex(hex, sizeof(hex), out, 20),
			"a9993e364706816aba3e25717850c26c9cd0d89d");
	planted_md5("abc", 3, out);
	ck_assert_str_eq(sodium_bin2hex(hex, sizeof(hex), out, 16),
			"900150983cd24fb0d6963f7d28e17f72");
	planted_md5("12345678901234567890123456789012345678901234567890123456789012345678901234567"
		    "890",
			80, out);
	ck_assert_str_eq(sodium_bin2hex(hex, sizeof(hex), out, 16),
			"57edf4a22be3c955ac49da2e2107b67a");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {no_planted_value_is_found_after_a_random_run,
			planted_values_are_found_where_they_are,
			digests_of_the_search_are_those_of_their_standards};

	return run_tests("secrets of releases", tests, sizeof(tests) / sizeof(tests[0]));
}
