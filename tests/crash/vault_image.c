/* What is asked of every disk after a crash of a vault.
 *
 * Before anything is opened: no file has a byte run of a key, salt or search row of a person whose
 * erasure was reported. The log says of nobody that he is erased whose keys live. The vault is as
 * before the operation or as after it, never between; what it says of each is whole: values are
 * read and found, salts open their commitments, erasures are in the log once. Trees that the log
 * had are still its beginnings. Then it goes on: a person is erased, the power goes, and nothing of
 * him is left, nor of what a crash cut off. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "sharing/vault.h"
#include "vault_desk.h"

/* --- bytes ------------------------------------------------------------------------------------ */

typedef struct hunt {
	desk *at;
	sim_disk *disk;
	const desk_world *world; /* whose marks are looked for: those of the erased */
	const char *folder;
	uint8_t first[65536]; /* by the first two bytes of a mark */
	uint64_t bytes;
	int found;
} hunt;

static void hunt_file(void *context, const char *name)
{
	hunt *for_them = context;
	desk *at = for_them->at;
	char path[72];
	uint64_t size = 0;
	const uint8_t *data;

	snprintf(path, sizeof(path), "%s/%s", for_them->folder, name);
	data = sim_disk_bytes(for_them->disk, path, &size);
	for_them->bytes += size;
	for (uint64_t i = 0; data && i + DESK_MARK <= size && !for_them->found; i++) {
		if (!for_them->first[data[i] | data[i + 1] << 8])
			continue;
		for (size_t m = 0; m < at->n_marks && !for_them->found; m++)
			for_them->found = desk_is_erased(for_them->world, &at->marks[m]) &&
					  memcmp(data + i, at->marks[m].bytes, DESK_MARK) == 0;
		if (for_them->found)
			desk_wrong(at, "%s has a key of an erased person at byte %" PRIu64, path,
					i);
	}
}

/* The marks of everybody who is erased in `world`. */
static int hunt_marks(
		desk *at, sim_disk *disk, const desk_world *world, int backups, desk_count *count)
{
	hunt *for_them = test_alloc(sizeof(*for_them));
	char path[24];
	int found;

	*for_them = (hunt){.at = at, .disk = disk, .world = world, .folder = DESK_VAULT};
	for (size_t m = 0; m < at->n_marks; m++)
		if (desk_is_erased(world, &at->marks[m]))
			for_them->first[at->marks[m].bytes[0] | at->marks[m].bytes[1] << 8] = 1;
	sim_disk_list(disk, DESK_VAULT, hunt_file, for_them);
	for_them->folder = DESK_NETWORK;
	sim_disk_list(disk, DESK_NETWORK, hunt_file, for_them);
	for (uint32_t i = 0; backups && i < at->n_backups; i++) {
		desk_backup_path(i, path);
		for_them->folder = path;
		sim_disk_list(disk, path, hunt_file, for_them);
	}
	count->bytes += for_them->bytes;
	found = for_them->found;
	free(for_them);
	return found ? -1 : 0;
}

/* --- the log ---------------------------------------------------------------------------------- */

/* How often the log says "erased" of each, in whole and in part. */
typedef struct said_of {
	uint32_t whole, part;
} said_of;

/* Its old trees are its beginnings. */
static int read_log(desk *at, cstn_network *network, size_t n_roots, said_of said[DESK_PEOPLE])
{
	cstn_shared_log *log = NULL;
	uint8_t root[32];
	int wrong = 0;

	memset(said, 0, DESK_PEOPLE * sizeof(*said));
	if (cstn_shared_log_open(network, "acme", NULL, NULL, &log, NULL) != CSTN_OK)
		return desk_wrong(at, "the log does not open");
	for (uint64_t i = 0; i < cstn_log_size(cstn_shared_log_tree(log)) && !wrong; i++) {
		cstn_buffer *entry = NULL;
		uint64_t end;
		char text[600], hex[33];

		if (cstn_shared_log_read(log, i, 1, &end, &entry, NULL) != CSTN_OK ||
				end >= sizeof(text)) {
			wrong = desk_wrong(at, "entry %" PRIu64 " is not to be read", i);
			break;
		}
		memcpy(text, cstn_buffer_data(entry), end);
		text[end] = 0;
		cstn_buffer_free(entry);
		for (uint32_t who = 0; who < DESK_PEOPLE; who++) {
			cstn__hex(at->names[who], 16, hex);
			if (!strstr(text, "\"type\":\"erased\"") || !strstr(text, hex))
				continue;
			if (strstr(text, DESK_PART_REASON))
				said[who].part++;
			else
				said[who].whole++;
		}
	}
	for (size_t i = 0; i < n_roots && !wrong; i++)
		if (cstn_log_root(cstn_shared_log_tree(log), at->roots[i].size, root, NULL) !=
						CSTN_OK ||
				memcmp(root, at->roots[i].bytes, 32) != 0)
			wrong = desk_wrong(at, "the tree of %" PRIu64 " entries is another",
					at->roots[i].size);
	cstn_shared_log_free(log);
	return wrong;
}

/* --- the vault -------------------------------------------------------------------------------- */

/* The version of a value: the number after `after` in its text. -1 with why. */
static int read_value(desk *at, cstn_vault *vault, uint32_t who, int is_name, uint32_t *version,
		cstn_status missing)
{
	const char *path = is_name ? "customer.name" : "customer.email";
	cstn_buffer *value = NULL;
	char id[16], text[48], wanted[48];
	unsigned number = 0;
	cstn_status status;

	desk_person_id(who, id);
	*version = 0;
	status = cstn_vault_get(vault, id, id, path, &value, NULL);
	if (status == CSTN_E_NOT_FOUND)
		return 0;
	if (status == missing && missing != CSTN_OK) {
		*version = UINT32_MAX;
		return 0;
	}
	if (status != CSTN_OK)
		return desk_wrong(at, "%s of %s: %s", path, id, cstn_status_name(status));
	snprintf(text, sizeof(text), "%.*s", (int)cstn_buffer_size(value),
			(const char *)cstn_buffer_data(value));
	cstn_buffer_free(value);
	if (is_name)
		(void)sscanf(text, "Person %*u, the %uth", &number);
	else
		(void)sscanf(text, "person.%*u.version.%u@", &number);
	(is_name ? desk_name : desk_email)(who, number, wanted);
	if (strcmp(text, wanted) != 0)
		return desk_wrong(at, "%s of %s is %s", path, id, text);
	*version = number;
	return 0;
}

/* The search finds who has this address, and not who had one before it. */
static int check_search(desk *at, cstn_vault *vault, uint32_t who, uint32_t version)
{
	for (uint32_t v = version > 1 ? version - 1 : 1; v <= version; v++) {
		cstn_vault_matches *matches = NULL;
		char value[48], id[16];
		size_t n;
		int same;

		desk_email(who, v, value);
		desk_person_id(who, id);
		if (cstn_vault_find(vault, "customer.email", CSTN_VAULT_FORM_EMAIL,
				    (const uint8_t *)value, strlen(value), &matches,
				    NULL) != CSTN_OK)
			return desk_wrong(at, "the search for %s failed", value);
		n = cstn_vault_matches_count(matches);
		same = n == 1 && strcmp(cstn_vault_matches_record(matches, 0), id) == 0;
		cstn_vault_matches_free(matches);
		if (v == version ? !same : n != 0)
			return desk_wrong(at, "%s is found %zu times", value, n);
	}
	return 0;
}

static int read_salt(desk *at, cstn_vault *vault, uint32_t who, uint32_t *salted)
{
	static const uint8_t untold[32]; /* of a commit that failed and came up all the same */
	uint8_t salt[CSTN_VAULT_SALT_SIZE], commitment[32];
	char id[16];
	cstn_status status;

	desk_person_id(who, id);
	status = cstn_vault_salt(vault, id, id, "order.price", salt, NULL);
	*salted = status == CSTN_OK;
	if (status == CSTN_E_NOT_FOUND)
		return 0;
	if (status != CSTN_OK)
		return desk_wrong(at, "salt of %s: %s", id, cstn_status_name(status));
	if (cstn_vault_commitment(salt, "order.price", "12", 2, commitment, NULL) != CSTN_OK ||
			(memcmp(at->commitments[who], untold, 32) != 0 &&
					memcmp(commitment, at->commitments[who], 32) != 0))
		return desk_wrong(at, "the salt of %s does not open its commitment", id);
	return 0;
}

static int read_part(desk *at, cstn_vault *vault, uint32_t who, uint32_t *part)
{
	cstn__snapshot *snapshot = NULL;
	cstn_status status = cstn__snapshot_new(vault->store, &snapshot, NULL);

	if (status == CSTN_OK)
		status = cstn__vault_check_category(
				vault, snapshot, at->names[who], CSTN_VAULT_CONTACT, NULL);
	cstn__snapshot_unref(snapshot);
	*part = status == CSTN_E_ERASED;
	return status == CSTN_OK || *part ? 0
					  : desk_wrong(at, "category of person %u: %s", who,
							    cstn_status_name(status));
}

static int read_person(desk *at, cstn_vault *vault, uint32_t who, desk_person *out)
{
	cstn_buffer *value = NULL;
	uint32_t state = 0;
	char id[16];
	cstn_status status;

	memset(out, 0, sizeof(*out));
	desk_person_id(who, id);
	status = cstn_vault_subject(vault, id, &state, NULL);
	if (status != CSTN_OK && status != CSTN_E_NOT_FOUND)
		return desk_wrong(at, "%s: %s", id, cstn_status_name(status));
	if (state & CSTN_VAULT_SUBJECT_ERASED) {
		out->erased = 1;
		if (!(state & CSTN_VAULT_SUBJECT_LOGGED))
			return desk_wrong(at, "the erasure of %s is not logged", id);
		if (cstn_vault_get(vault, id, id, "customer.name", &value, NULL) != CSTN_E_ERASED)
			return desk_wrong(at, "a read of %s, who is erased", id);
		return 0;
	}
	out->held = (state & CSTN_VAULT_SUBJECT_HELD) != 0;
	out->deferred = (state & CSTN_VAULT_SUBJECT_DEFERRED) != 0;
	if (read_part(at, vault, who, &out->part) != 0 ||
			read_value(at, vault, who, 0, &out->email,
					out->part ? CSTN_E_ERASED : CSTN_OK) != 0 ||
			read_value(at, vault, who, 1, &out->name, CSTN_OK) != 0 ||
			read_salt(at, vault, who, &out->salted) != 0)
		return -1;
	if (out->part)
		out->email = 0;
	return out->email ? check_search(at, vault, who, out->email) : 0;
}

static int read_world(desk *at, cstn_vault *vault, desk_world *out)
{
	for (uint32_t who = 0; who < DESK_PEOPLE; who++)
		if (read_person(at, vault, who, &out->people[who]) != 0)
			return -1;
	return 0;
}

static int differ(const desk_world *a, const desk_world *b)
{
	return memcmp(a, b, sizeof(*a)) != 0;
}

/* --- the copy that gets its keys -------------------------------------------------------------- */

/* Either all values of the copy are there or none is; `keys` 1: put them there. */
static int check_copy(desk *at, const desk_capture *capture, sim_disk *image, desk_count *count)
{
	sim_vfs *sim = sim_vfs_new(image, 5);
	cstn_vault *vault = NULL;
	uint32_t there = 0, missing = 0, version;
	char path[24];
	int wrong;

	count->copies++;
	desk_backup_path(at->n_backups - 1, path);
	wrong = desk_open(at, sim, path, NULL, &vault);
	for (int round = 0; round < 2 && !wrong; round++) {
		there = missing = 0;
		for (uint32_t who = 0; who < DESK_PEOPLE && !wrong; who++)
			for (int is_name = 0; is_name < 2 && !wrong; is_name++) {
				const desk_person *person = &at->copy.people[who];
				uint32_t wanted = is_name ? person->name : person->email;

				if (person->erased || (person->part && !is_name))
					continue;
				wrong = read_value(
						at, vault, who, is_name, &version, CSTN_E_MISSING);
				there += version && version != UINT32_MAX;
				missing += version == UINT32_MAX;
				if (!wrong && version != wanted &&
						!(wanted && version == UINT32_MAX))
					wrong = desk_wrong(at, "the copy has version %u, not %u",
							version, wanted);
			}
		if (!wrong && there && missing)
			wrong = desk_wrong(at, "the copy has the keys of %u values, not of %u",
					there, missing);
		if (!wrong && there && capture->op != DESK_RESTORE && round == 0)
			wrong = desk_wrong(at, "a backup has keys");
		if (!wrong && round == 1 && missing)
			wrong = desk_wrong(at, "the keys were restored, and are missing");
		if (!wrong && round == 0 && desk_restore(at, vault) != 0)
			wrong = -1;
	}
	cstn_vault_free(vault);
	sim_vfs_free(sim);
	return wrong;
}

/* --- all of it -------------------------------------------------------------------------------- */

/* One call of a recovery, drawn from all of them. */
typedef struct cut {
	sim_disk *disk;
	uint64_t n;
	sim_dice dice;
} cut;

static void cut_before(void *context, sim_vfs *sim, const sim_call *call)
{
	cut *at = context;

	(void)call;
	if (sim_dice_below(&at->dice, ++at->n) != 0)
		return;
	sim_disk_unref(at->disk);
	at->disk = sim_disk_clone(sim->disk);
}

static int check_opened(desk *at, const desk_capture *capture, cstn_network *network,
		cstn_vault *vault, const said_of said_before[DESK_PEOPLE], desk_world *is)
{
	said_of said[DESK_PEOPLE];

	if (read_world(at, vault, is) != 0)
		return -1;
	if (differ(is, &capture->before) && differ(is, &capture->after))
		return desk_wrong(at, "neither as before the operation nor as after it");
	if (read_log(at, network, capture->n_roots, said) != 0)
		return -1;
	for (uint32_t who = 0; who < DESK_PEOPLE; who++) {
		const desk_person *was = &capture->before.people[who], *person = &is->people[who];

		if (said_before[who].part && !person->part && !person->erased)
			return desk_wrong(at, "the log says that a part of %u is erased", who);
		if (was->part && !said_before[who].part)
			return desk_wrong(at, "the log has lost the erasure of a part of %u", who);
		if (said[who].part > 1 || (person->part && !said[who].part))
			return desk_wrong(at, "the log says %u times that a part of %u is erased",
					said[who].part, who);
		if (said_before[who].whole && !is->people[who].erased)
			return desk_wrong(at, "the log says that person %u is erased, who is not",
					who);
		if (capture->before.people[who].erased && !said_before[who].whole)
			return desk_wrong(at, "the log has lost the erasure of person %u", who);
		if (said[who].whole != is->people[who].erased)
			return desk_wrong(at, "the log says %u times that person %u is erased",
					said[who].whole, who);
	}
	return 0;
}

/* Somebody who lives is erased and the power goes: it stays so, and nothing is left of him. */
static int probe(desk *at, sim_vfs *sim, cstn_vault **vault, cstn_network **network,
		desk_world *world, uint64_t seed, desk_count *count)
{
	uint32_t who = (uint32_t)(seed % DESK_PEOPLE), tries = 0;
	cstn_network *net = NULL;
	cstn_vault *again = NULL;
	desk_world is;
	sim_disk *after;
	sim_vfs *other;
	char id[16];
	int wrong;

	while (tries++ < DESK_PEOPLE && (world->people[who].erased || world->people[who].held))
		who = (who + 1) % DESK_PEOPLE;
	if (tries > DESK_PEOPLE)
		return 0;
	count->probes++;
	desk_person_id(who, id);
	if (cstn_vault_erase_subject(*vault, id, "a probe", (int64_t)at->now_us, NULL, NULL) !=
			CSTN_OK)
		return desk_wrong(at, "no erasure after the recovery");
	world->people[who] = (desk_person){.erased = 1};
	cstn_vault_free(*vault);
	cstn_network_unref(*network);
	*vault = NULL;
	*network = NULL;
	after = sim_crash(sim->disk, SIM_LOSS_ALL, seed);
	wrong = hunt_marks(at, after, world, 0, count);
	other = sim_vfs_new(after, seed);
	if (!wrong)
		wrong = desk_open_network(at, other, &net);
	if (!wrong)
		wrong = desk_open(at, other, DESK_VAULT, &net, &again);
	if (!wrong)
		wrong = read_world(at, again, &is);
	if (!wrong && differ(&is, world))
		wrong = desk_wrong(at, "what was done after the recovery is lost");
	cstn_vault_free(again);
	cstn_network_unref(net);
	sim_vfs_free(other);
	sim_disk_unref(after);
	return wrong;
}

/* Opens both and asks; the log is read before the vault could mend it. */
static int check_open(desk *at, const desk_capture *capture, sim_vfs *sim, uint64_t seed,
		desk_count *count)
{
	cstn_network *network = NULL;
	cstn_vault *vault = NULL;
	said_of said[DESK_PEOPLE];
	desk_world is;
	int wrong = desk_open_network(at, sim, &network);

	if (!wrong)
		wrong = read_log(at, network, capture->n_roots, said);
	if (!wrong)
		wrong = desk_open(at, sim, DESK_VAULT, &network, &vault);
	sim->before = NULL; /* the recovery is over */
	if (!wrong)
		wrong = check_opened(at, capture, network, vault, said, &is);
	if (!wrong)
		wrong = hunt_marks(at, sim->disk, &is, 0, count);
	if (!wrong && seed % 2 == 0)
		wrong = probe(at, sim, &vault, &network, &is, seed / 2, count);
	cstn_vault_free(vault);
	cstn_network_unref(network);
	return wrong;
}

int desk_check(desk *at, const desk_capture *capture, sim_disk *image, uint64_t seed, int nested,
		desk_count *count)
{
	cut point = {.dice = {seed, 3}};
	sim_vfs *sim;
	int wrong;

	count->states++;
	count->nested += !nested;
	wrong = hunt_marks(at, image, &capture->before, capture->op != DESK_RESTORE, count);
	if (!wrong && capture->copied && seed % 4 == 0) {
		sim_disk *copy = sim_disk_clone(image);

		wrong = check_copy(at, capture, copy, count);
		sim_disk_unref(copy);
	}
	if (wrong)
		return -1;
	sim = sim_vfs_new(image, seed);
	if (nested) {
		sim->before = cut_before;
		sim->context = &point;
	}
	wrong = check_open(at, capture, sim, seed, count);
	sim_vfs_free(sim);
	if (!wrong && point.disk) {
		sim_disk *again = sim_crash(point.disk, (sim_loss)(seed / 4 % SIM_LOSSES), seed);

		wrong = desk_check(at, capture, again, seed / 16, 0, count);
		sim_disk_unref(again);
	}
	sim_disk_unref(point.disk);
	return wrong;
}
