/* The things that are done to a vault on a model disk, and what they make of it. */
#include "vault_desk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network/network.h"
#include "sharing/vault.h"

static const char *const op_names[DESK_OPS] = {"put", "put two", "commit", "erase", "erase live",
		"erase part", "hold", "purge", "backup", "restore", "checkpoint", "close", "drop"};

const char *desk_op_name(desk_op op)
{
	return op_names[op];
}

int desk_wrong(desk *at, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(at->why, sizeof(at->why), format, arguments);
	va_end(arguments);
	return -1;
}

static int desk_failed(desk *at, const char *what, cstn_status status, cstn_error *error)
{
	desk_wrong(at, "%s: %s: %s", what, cstn_status_name(status), cstn_error_message(error));
	cstn_error_free(error);
	return -1;
}

int desk_is_erased(const desk_world *world, const desk_mark *mark)
{
	const desk_person *person = &world->people[mark->who];

	return person->erased || (person->part && mark->part);
}

void desk_person_id(uint32_t who, char out[16])
{
	snprintf(out, 16, "person-%u", who);
}

void desk_email(uint32_t who, uint32_t version, char out[48])
{
	snprintf(out, 48, "person.%u.version.%u@example.org", who, version);
}

void desk_name(uint32_t who, uint32_t version, char out[48])
{
	snprintf(out, 48, "Person %u, the %uth name", who, version);
}

void desk_backup_path(uint32_t number, char out[24])
{
	snprintf(out, 24, "/backup%u", number);
}

/* --- open ------------------------------------------------------------------------------------- */

static cstn_status desk_root_key(void *user, uint8_t *key)
{
	(void)user;
	memset(key, 9, CSTN_VAULT_KEY_SIZE);
	return CSTN_OK;
}

/* Bytes by bytes, the same on any machine, and never twice. */
static cstn_status desk_entropy(void *user, uint8_t *out, size_t size)
{
	desk *at = user;
	uint64_t number = 0;

	for (size_t i = 0; i < size; i++) {
		if (i % 8 == 0)
			number = sim_random(at->dice.seed ^ 0x5a17, at->randoms++);
		out[i] = (uint8_t)(number >> 8 * (i % 8));
	}
	return CSTN_OK;
}

static const char *desk_signer(void)
{
	static char text[256];
	const uint8_t seed[32] = {7};
	cstn_buffer *signer, *verifier;

	if (text[0])
		return text;
	if (cstn_note_key_new("vault.example", 13, CSTN_NOTE_KEY_SIGN, seed, NULL, &signer,
			    &verifier, NULL) != CSTN_OK)
		abort();
	snprintf(text, sizeof(text), "%s", (const char *)cstn_buffer_data(signer));
	cstn_buffer_free(signer);
	cstn_buffer_free(verifier);
	return text;
}

int desk_open_network(desk *at, sim_vfs *sim, cstn_network **network)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	cstn_error *error = NULL;
	cstn_status status;

	options.checkpoint_rows = 12;
	status = cstn__network_open_on(
			&sim->vfs, 16, DESK_NETWORK, &options, NULL, network, &error);
	return status == CSTN_OK ? 0 : desk_failed(at, "open of the network", status, error);
}

int desk_open(desk *at, sim_vfs *sim, const char *path, cstn_network **network, cstn_vault **vault)
{
	cstn_vault_options options = CSTN_VAULT_OPTIONS_INIT;
	cstn_error *error = NULL;
	cstn_status status;

	options.root_key = desk_root_key;
	options.entropy = desk_entropy;
	options.entropy_user = at;
	if (network) {
		options.network = *network;
		options.party = "acme";
		options.signer = desk_signer();
	}
	status = cstn__vault_open_on(&sim->vfs, &at->store, path, &options, NULL, vault, &error);
	return status == CSTN_OK ? 0 : desk_failed(at, path, status, error);
}

static int open_both(desk *at)
{
	int wrong = desk_open_network(at, at->sim, &at->network);

	return wrong ? wrong : desk_open(at, at->sim, DESK_VAULT, &at->network, &at->vault);
}

static cstn_status count_entry(void *user, const void *entry, size_t size, uint64_t *index)
{
	(void)entry;
	(void)size;
	*index = (*(uint64_t *)user)++;
	return CSTN_OK;
}

static cstn_status no_proof(
		void *user, const void *entry, size_t size, uint64_t index, cstn_buffer **proof)
{
	(void)user;
	(void)entry;
	(void)size;
	(void)index;
	(void)proof;
	return CSTN_E_UNSUPPORTED;
}

int desk_journal(desk *at, uint64_t *n)
{
	const cstn_vault_journal journal = {n, count_entry, no_proof};
	cstn_vault_options options = CSTN_VAULT_OPTIONS_INIT;
	cstn_error *error = NULL;
	cstn_status status;

	cstn_vault_free(at->vault);
	at->vault = NULL;
	options.root_key = desk_root_key;
	options.entropy = desk_entropy;
	options.entropy_user = at;
	options.journal = &journal;
	at->unproved = 1;
	status = cstn__vault_open_on(
			&at->sim->vfs, &at->store, DESK_VAULT, &options, NULL, &at->vault, &error);
	return status == CSTN_OK ? 0 : desk_failed(at, "open with a journal", status, error);
}

static void desk_before(void *context, sim_vfs *sim, const sim_call *call)
{
	desk *at = context;
	desk_capture *one;

	if (!at->capturing)
		return;
	at->captures = test_grow(at->captures, &at->capture_capacity, at->n_captures + 1,
			sizeof(*at->captures));
	one = &at->captures[at->n_captures++];
	*one = (desk_capture){.disk = sim_disk_clone(sim->disk),
			.before = at->now,
			.after = at->after,
			.n_roots = at->n_roots,
			.op = at->op,
			.copied = at->copied,
			.call = *call};
}

void desk_capture_now(desk *at)
{
	const sim_call none = {.kind = SIM_CLOSE, .name = "(the next operation)"};
	int capturing = at->capturing;

	at->capturing = 1;
	desk_before(at, at->sim, &none);
	at->capturing = capturing;
}

void desk_captures_free(desk *at)
{
	for (size_t i = 0; i < at->n_captures; i++)
		sim_disk_unref(at->captures[i].disk);
	at->n_captures = 0;
}

int desk_begin(desk *at, const cstn__store_options *store, uint64_t seed)
{
	sim_disk *disk = sim_disk_new();

	memset(at, 0, sizeof(*at));
	at->store = *store;
	at->dice = (sim_dice){seed, 1};
	at->now_us = 1000;
	at->sim = sim_vfs_new(disk, seed);
	sim_disk_unref(disk);
	if (open_both(at) != 0)
		return -1;
	for (uint32_t who = 0; who < DESK_PEOPLE; who++) {
		char id[16];

		desk_person_id(who, id);
		if (cstn_vault_pseudonym(at->vault, "", id, at->names[who], NULL) != CSTN_OK)
			return desk_wrong(at, "no pseudonym");
	}
	at->sim->context = at;
	at->sim->before = desk_before;
	return 0;
}

void desk_end(desk *at)
{
	at->capturing = 0;
	desk_captures_free(at);
	cstn_vault_free(at->vault);
	cstn_network_unref(at->network);
	sim_vfs_free(at->sim);
	cstn_buffer_free(at->keys);
	free(at->captures);
	free(at->marks);
	free(at->roots);
}

/* --- marks and roots -------------------------------------------------------------------------- */

typedef struct marking {
	desk *at;
	cstn_vault *vault;
} marking;

static cstn_status take_mark(void *context, const cstn__vault_row *row, cstn_error **error)
{
	marking *to = context;
	desk *at = to->at;
	desk_mark mark = {.who = 0};
	cstn_status status;

	if (row->slot < 0)
		return CSTN_OK;
	while (mark.who < DESK_PEOPLE && memcmp(at->names[mark.who], row->link, 16) != 0)
		mark.who++;
	mark.part = row->category == CSTN_VAULT_CONTACT;
	if (mark.who == DESK_PEOPLE || desk_is_erased(&at->after, &mark))
		return CSTN_OK;
	status = cstn__vault_slot(to->vault, row->slot, mark.bytes, DESK_MARK, error);
	if (status != CSTN_OK)
		return status;
	for (size_t i = 0; i < at->n_marks; i++)
		if (memcmp(at->marks[i].bytes, mark.bytes, DESK_MARK) == 0)
			return CSTN_OK;
	at->marks = test_grow(at->marks, &at->mark_capacity, at->n_marks + 1, sizeof(mark));
	at->marks[at->n_marks++] = mark;
	return CSTN_OK;
}

int desk_take_marks(desk *at, cstn_vault *vault)
{
	marking to = {at, vault};
	cstn__snapshot *snapshot = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn__snapshot_new(vault->store, &snapshot, &error);

	if (status == CSTN_OK)
		status = cstn__vault_rows(snapshot, INT64_MIN, INT64_MAX, take_mark, &to, &error);
	cstn__snapshot_unref(snapshot);
	return status == CSTN_OK ? 0 : desk_failed(at, "slots", status, error);
}

static int take_root(desk *at)
{
	cstn_shared_log *log = NULL;
	cstn_error *error = NULL;
	desk_root root;
	cstn_status status = cstn_shared_log_open(at->network, "acme", NULL, NULL, &log, &error);

	if (status != CSTN_OK)
		return desk_failed(at, "log", status, error);
	root.size = cstn_log_size(cstn_shared_log_tree(log));
	status = cstn_log_root(cstn_shared_log_tree(log), root.size, root.bytes, &error);
	cstn_shared_log_free(log);
	if (status != CSTN_OK)
		return desk_failed(at, "root", status, error);
	at->roots = test_grow(at->roots, &at->root_capacity, at->n_roots + 1, sizeof(root));
	at->roots[at->n_roots++] = root;
	return 0;
}

/* --- operations ------------------------------------------------------------------------------- */

static int expect(desk *at, cstn_status status, cstn_status wanted, cstn_error *error)
{
	if (status != wanted)
		return desk_failed(at, desk_op_name(at->op), status, error);
	cstn_error_free(error);
	return 0;
}

static uint32_t anyone(desk *at)
{
	return (uint32_t)sim_dice_below(&at->dice, DESK_PEOPLE);
}

/* Who is not erased, from `who` on; DESK_PEOPLE: nobody. */
static uint32_t somebody_live(const desk *at, uint32_t who)
{
	for (uint32_t i = 0; i < DESK_PEOPLE; i++)
		if (!at->now.people[(who + i) % DESK_PEOPLE].erased)
			return (who + i) % DESK_PEOPLE;
	return DESK_PEOPLE;
}

static int do_put(desk *at, uint32_t n_people)
{
	char ids[2][16], values[4][48];
	cstn_vault_cell cells[4];
	cstn_status wanted = CSTN_OK;
	cstn_error *error = NULL;
	uint32_t first = anyone(at);
	size_t n = 0;

	for (uint32_t i = 0; i < n_people; i++) {
		uint32_t who = (first + i) % DESK_PEOPLE;
		uint64_t which = n_people > 1 ? 3 : 1 + sim_dice_below(&at->dice, 3);
		desk_person *person = &at->after.people[who];

		desk_person_id(who, ids[i]);
		if (person->erased || (person->part && which & 1))
			wanted = CSTN_E_ERASED;
		for (int place = 0; place < 2; place++) {
			if (!(which >> place & 1))
				continue;
			if (place)
				desk_name(who, ++person->name, values[n]);
			else
				desk_email(who, ++person->email, values[n]);
			cells[n] = (cstn_vault_cell){.subject = ids[i],
					.record = ids[i],
					.path = place ? "customer.name" : "customer.email",
					.value = (const uint8_t *)values[n],
					.value_size = strlen(values[n]),
					.category = place ? CSTN_VAULT_IDENTITY
							  : CSTN_VAULT_CONTACT,
					.form = place ? CSTN_VAULT_FORM_NONE
						      : CSTN_VAULT_FORM_EMAIL,
					.schema_version = 1};
			n++;
		}
	}
	if (wanted != CSTN_OK)
		at->after = at->now;
	return expect(at, cstn_vault_put(at->vault, cells, n, (int64_t)at->now_us++, &error),
			wanted, error);
}

static int do_commit(desk *at)
{
	uint32_t who = anyone(at);
	desk_person *person = &at->after.people[who];
	cstn_status wanted = person->erased ? CSTN_E_ERASED : CSTN_OK;
	cstn_vault_cell cell = {.path = "order.price", .value = (const uint8_t *)"12", 2};
	uint8_t commitment[32];
	cstn_error *error = NULL;
	char id[16];

	desk_person_id(who, id);
	cell.subject = cell.record = id;
	person->salted |= !person->erased;
	if (expect(at,
			    cstn_vault_commit(at->vault, &cell, (int64_t)at->now_us++, commitment,
					    &error),
			    wanted, error) != 0)
		return -1;
	if (wanted != CSTN_OK)
		return 0;
	if (at->now.people[who].salted && memcmp(commitment, at->commitments[who], 32) != 0)
		return desk_wrong(at, "another commitment to the same value");
	memcpy(at->commitments[who], commitment, 32);
	return 0;
}

static int do_erase(desk *at, int live)
{
	uint32_t who = anyone(at), other = live ? somebody_live(at, who) : who;
	int proved = sim_dice_below(&at->dice, 2) && !at->unproved;
	desk_person *person;
	cstn_status wanted = CSTN_OK;
	cstn_buffer *proof = NULL;
	cstn_error *error = NULL;
	char id[16];

	if (other == DESK_PEOPLE)
		return 0;
	person = &at->after.people[other];
	desk_person_id(other, id);
	if (person->held) {
		wanted = CSTN_E_STATE;
		person->deferred = 1;
	} else {
		*person = (desk_person){.erased = 1};
	}
	if (expect(at,
			    cstn_vault_erase_subject(at->vault, id, "asked for",
					    (int64_t)at->now_us++, proved ? &proof : NULL, &error),
			    wanted, error) != 0)
		return -1;
	cstn_buffer_free(proof);
	return at->unproved ? 0 : take_root(at);
}

static int do_erase_part(desk *at)
{
	static const int32_t categories[] = {CSTN_VAULT_CONTACT};
	uint32_t who = somebody_live(at, anyone(at));
	cstn_status wanted = CSTN_OK;
	cstn_error *error = NULL;
	desk_person *person;
	char id[16];

	if (who == DESK_PEOPLE)
		return 0;
	person = &at->after.people[who];
	desk_person_id(who, id);
	if (person->held && !person->part) {
		wanted = CSTN_E_STATE;
		person->deferred = 1;
	} else {
		person->part = 1;
		person->email = 0;
	}
	if (expect(at,
			    cstn_vault_erase_categories(at->vault, id, categories, 1,
					    DESK_PART_REASON, (int64_t)at->now_us++, NULL, &error),
			    wanted, error) != 0)
		return -1;
	return at->unproved ? 0 : take_root(at);
}

static int do_hold(desk *at)
{
	uint32_t who = somebody_live(at, anyone(at));
	int32_t deferred;
	cstn_error *error = NULL;
	desk_person *person;
	cstn_status status;
	char id[16];

	if (who == DESK_PEOPLE)
		return 0;
	person = &at->after.people[who];
	desk_person_id(who, id);
	if (!person->held) {
		person->held = 1;
		status = cstn_vault_hold(at->vault, id, "a case", (int64_t)at->now_us++, &error);
		return expect(at, status, CSTN_OK, error);
	}
	person->held = person->deferred = 0;
	status = cstn_vault_lift(
			at->vault, id, "its end", (int64_t)at->now_us++, &deferred, &error);
	if (status == CSTN_OK && deferred != (int32_t)at->now.people[who].deferred)
		return desk_wrong(at, "a lift says %d", (int)deferred);
	return expect(at, status, CSTN_OK, error);
}

static const uint8_t *desk_epoch_key(uint64_t epoch)
{
	static uint8_t key[CSTN_VAULT_KEY_SIZE];

	memset(key, (int)epoch + 1, sizeof(key));
	return key;
}

static int do_backup(desk *at)
{
	cstn_error *error = NULL;
	cstn_status status;
	char path[24];

	at->copied = 0;
	desk_backup_path(at->n_backups++, path);
	cstn_buffer_free(at->keys);
	at->keys = NULL;
	status = cstn_vault_backup(at->vault, path, NULL, &error);
	if (status == CSTN_OK)
		status = cstn_vault_backup_keys(at->vault, at->n_backups,
				desk_epoch_key(at->n_backups), &at->keys, &error);
	at->copied = status == CSTN_OK;
	at->copy = at->now;
	return expect(at, status, CSTN_OK, error);
}

typedef struct names {
	char list[64][SIM_NAME];
	size_t n;
} names;

static void take_name(void *context, const char *name)
{
	names *to = context;

	if (to->n < sizeof(to->list) / sizeof(to->list[0]))
		snprintf(to->list[to->n++], SIM_NAME, "%s", name);
}

/* The files of the last copy, durably. */
static void remove_copy(desk *at)
{
	char path[24], file[72];
	names all;

	desk_backup_path(at->n_backups - 1, path);
	do {
		all.n = 0;
		sim_disk_list(at->sim->disk, path, take_name, &all);
		for (size_t i = 0; i < all.n; i++) {
			snprintf(file, sizeof(file), "%s/%s", path, all.list[i]);
			sim_disk_remove(at->sim->disk, file);
		}
	} while (all.n);
}

int desk_restore(desk *at, cstn_vault *copy)
{
	const void *data = cstn_buffer_data(at->keys);
	size_t size = cstn_buffer_size(at->keys);
	uint64_t epoch = at->n_backups;
	cstn_error *error = NULL;
	cstn_status status;

	if (cstn_vault_restore_keys(copy, data, size, epoch + 1, desk_epoch_key(epoch), 1, NULL,
			    NULL) != CSTN_E_MISMATCH ||
			cstn_vault_restore_keys(copy, data, size, epoch, desk_epoch_key(epoch + 1),
					1, NULL, NULL) != CSTN_E_CORRUPT)
		return desk_wrong(at, "keys of another epoch are taken");
	status = cstn_vault_restore_keys(
			copy, data, size, epoch, desk_epoch_key(epoch), 1, NULL, &error);
	return status == CSTN_OK ? 0 : desk_failed(at, "restore", status, error);
}

/* A drill: the copy gets its keys, and goes. */
static int do_restore(desk *at)
{
	cstn_vault *copy = NULL;
	char path[24];
	int wrong;

	if (!at->copied)
		return 0;
	desk_backup_path(at->n_backups - 1, path);
	if (desk_open(at, at->sim, path, NULL, &copy) != 0)
		return -1;
	wrong = desk_restore(at, copy);
	cstn_vault_free(copy);
	if (at->capturing)
		desk_capture_now(at);
	at->copied = 0;
	remove_copy(at);
	return wrong;
}

static int do_reopen(desk *at, int close)
{
	cstn_error *error = NULL;
	cstn_status status = CSTN_OK;

	if (close)
		status = cstn_vault_close(at->vault, &error);
	if (status == CSTN_OK && close)
		status = cstn_network_close(at->network, &error);
	if (status != CSTN_OK)
		return desk_failed(at, "close", status, error);
	cstn_vault_free(at->vault);
	cstn_network_unref(at->network);
	at->vault = NULL;
	at->network = NULL;
	return open_both(at);
}

static int do_op(desk *at, desk_op op)
{
	cstn_error *error = NULL;

	switch (op) {
	case DESK_PUT:
	case DESK_PUT_TWO:
		return do_put(at, op == DESK_PUT ? 1 : 2);
	case DESK_COMMIT:
		return do_commit(at);
	case DESK_ERASE:
	case DESK_ERASE_LIVE:
		return do_erase(at, op == DESK_ERASE_LIVE);
	case DESK_ERASE_PART:
		return do_erase_part(at);
	case DESK_HOLD:
		return do_hold(at);
	case DESK_PURGE:
		return expect(at, cstn_vault_purge(at->vault, NULL, NULL, &error), CSTN_OK, error);
	case DESK_BACKUP:
		return do_backup(at);
	case DESK_RESTORE:
		return do_restore(at);
	case DESK_CHECKPOINT:
		return expect(at, cstn__store_checkpoint(at->vault->store, &error), CSTN_OK, error);
	default:
		return do_reopen(at, op == DESK_CLOSE);
	}
}

int desk_do(desk *at, desk_op op)
{
	int wrong;

	at->op = op;
	at->after = at->now;
	wrong = do_op(at, op);
	if (!wrong)
		wrong = desk_take_marks(at, at->vault);
	at->now = at->after;
	return wrong;
}
