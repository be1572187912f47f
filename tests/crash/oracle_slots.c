/* The key slots of the plain model: which transaction put which bytes, and which one erased them.
 * The bytes follow from a nonce. After an erasure they may be in no file of the store. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "oracle.h"
#include "sim_vfs.h"
#include "store/key_slots.h"

void oracle_apply_slots(oracle *model, const oracle_transaction *transaction, uint64_t seq)
{
	for (uint32_t i = 0; i < transaction->n_erased; i++)
		for (size_t k = 0; k < model->n_slots; k++)
			if (model->slots[k].put.slot == transaction->erased[i] &&
					model->slots[k].erased == UINT64_MAX)
				model->slots[k].erased = seq;
	for (uint32_t i = 0; i < transaction->n_puts; i++) {
		oracle_slot *slot;

		model->slots = test_grow(model->slots, &model->slot_capacity, model->n_slots + 1,
				sizeof(*model->slots));
		slot = &model->slots[model->n_slots++];
		slot->put = transaction->puts[i];
		slot->born = seq;
		slot->erased = UINT64_MAX;
		slot->unsure = 0;
	}
}

void oracle_truncate_slots(oracle *model, uint64_t seq)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->n_slots; i++) {
		oracle_slot slot = model->slots[i];

		if (slot.born > seq)
			continue;
		if (slot.erased > seq)
			slot.erased = UINT64_MAX;
		model->slots[kept++] = slot;
	}
	model->n_slots = kept;
}

/* The bytes of a nonce: no 16 of them come twice. */
static void oracle_secret(const oracle_put *put, uint8_t out[CSTN__SLOT_BYTES_MAX])
{
	for (uint32_t i = 0; i < CSTN__SLOT_BYTES_MAX; i++)
		out[i] = (uint8_t)(1 + sim_random(put->nonce, i) % 255);
	memset(out + put->size, 0, CSTN__SLOT_BYTES_MAX - put->size);
}

cstn_status oracle_fill_slots(
		oracle_transaction *changes, cstn__transaction *transaction, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (uint32_t i = 0; i < changes->n_puts && status == CSTN_OK; i++) {
		uint8_t bytes[CSTN__SLOT_BYTES_MAX];

		oracle_secret(&changes->puts[i], bytes);
		status = cstn__transaction_put_slot(transaction, bytes, changes->puts[i].size,
				&changes->puts[i].slot, error);
	}
	for (uint32_t i = 0; i < changes->n_erased && status == CSTN_OK; i++)
		status = cstn__transaction_erase_slot(transaction, changes->erased[i], error);
	return status;
}

static int oracle_check_slot(
		oracle *model, cstn__store *store, const oracle_slot *slot, uint64_t seq)
{
	uint8_t want[CSTN__SLOT_BYTES_MAX], got[CSTN__SLOT_BYTES_MAX];
	uint32_t state = 99, wanted = slot->erased <= seq ? CSTN__SLOT_ERASED : CSTN__SLOT_HELD;
	cstn_error *error = NULL;
	cstn_status status = cstn__store_read_slot(
			store, slot->put.slot, got, sizeof(got), &state, &error);

	if (status != CSTN_OK) {
		oracle_fail(model,
				"key slot %" PRIu64 " of transaction %" PRIu64
				" (erased by %" PRIu64 ") after %" PRIu64 ": %s",
				slot->put.slot, slot->born,
				slot->erased == UINT64_MAX ? 0 : slot->erased, seq,
				cstn_error_message(error));
		model->status = status;
		cstn_error_free(error);
		return -1;
	}
	if (model->slots_are == ORACLE_SLOTS_ABSENT)
		wanted = CSTN__SLOT_ABSENT;
	if (slot->unsure || (model->slots_are == ORACLE_SLOTS_BESIDE && slot->erased != UINT64_MAX))
		wanted = state == CSTN__SLOT_ERASED ? state : wanted;
	if (state != wanted)
		return oracle_fail(model,
				"key slot %" PRIu64 " of transaction %" PRIu64
				" (erased by %" PRIu64 ") after %" PRIu64
				" is in state %u, %u expected",
				slot->put.slot, slot->born,
				slot->erased == UINT64_MAX ? 0 : slot->erased, seq, state, wanted);
	oracle_secret(&slot->put, want);
	if (state == CSTN__SLOT_HELD && memcmp(got, want, sizeof(want)) != 0)
		return oracle_fail(model,
				"key slot %" PRIu64 " of transaction %" PRIu64
				" has other bytes than were put",
				slot->put.slot, slot->born);
	return 0;
}

int oracle_check_slots(oracle *model, cstn__store *store, uint64_t seq)
{
	for (size_t i = 0; i < model->n_slots; i++)
		if (model->slots[i].born <= seq &&
				oracle_check_slot(model, store, &model->slots[i], seq))
			return -1;
	return 0;
}

void oracle_unsure(oracle *model, const oracle_transaction *changes, int unsure)
{
	for (uint32_t i = 0; i < changes->n_erased; i++)
		for (size_t k = 0; k < model->n_slots; k++)
			if (model->slots[k].put.slot == changes->erased[i])
				model->slots[k].unsure = unsure;
}

/* --- what must not be found ------------------------------------------------------------------ */

#define DEAD_PIECE 16u
static int oracle_finds(const uint8_t *data, uint64_t size, const uint8_t *piece)
{
	for (uint64_t at = 0; at + DEAD_PIECE <= size; at++)
		if (data[at] == piece[0] && memcmp(data + at, piece, DEAD_PIECE) == 0)
			return 1;
	return 0;
}

typedef struct dead_search {
	oracle *model;
	sim_disk *disk;
	const char *path;
	uint64_t seq;
	int wrong;
} dead_search;

static void oracle_search_file(void *context, const char *name)
{
	dead_search *search = context;
	oracle *model = search->model;
	char file[SIM_NAME * 2];
	const uint8_t *data;
	uint64_t size = 0;

	snprintf(file, sizeof(file), "%s/%s", search->path, name);
	data = strncmp(name, "key-", 4) == 0 ? sim_disk_bytes(search->disk, file, &size) : NULL;
	for (size_t i = 0; data && i < model->n_slots && !search->wrong; i++) {
		const oracle_slot *slot = &model->slots[i];
		uint8_t secret[CSTN__SLOT_BYTES_MAX];

		if (slot->erased > search->seq)
			continue;
		oracle_secret(&slot->put, secret);
		for (uint32_t at = 0; at + DEAD_PIECE <= slot->put.size; at += DEAD_PIECE)
			if (oracle_finds(data, size, secret + at))
				search->wrong = oracle_fail(model,
						"%s still has bytes of key slot %" PRIu64
						", which transaction %" PRIu64 " erased",
						name, slot->put.slot, slot->erased);
	}
}

int oracle_check_dead(oracle *model, sim_disk *disk, const char *path, uint64_t seq)
{
	dead_search search = {model, disk, path, seq, 0};

	sim_disk_list(disk, path, oracle_search_file, &search);
	return search.wrong;
}
