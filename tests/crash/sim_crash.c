/* What a loss of power, or a failed sync, leaves of a model disk. */
#include <stdlib.h>
#include <string.h>

#include "sim_disk.h"

const char *sim_loss_name(sim_loss loss)
{
	static const char *const names[SIM_LOSSES] = {"all lost", "none lost", "prefix", "random"};

	return names[loss];
}

/* Apply the part of a write that lies in [begin, end), as far as the file reaches. */
static void sim_piece_put(
		sim_buffer *to, const sim_write *write, uint64_t begin, uint64_t end, uint64_t size)
{
	uint64_t from = write->offset > begin ? write->offset : begin;
	uint64_t till = write->offset + write->data->size;

	till = till < end ? till : end;
	till = till < size ? till : size;
	if (from < till)
		memcpy(to->data + from, write->data->data + (from - write->offset), till - from);
}

/* Of each piece the first `versions` pending writes, chosen piece by piece. `keep` of 256 pieces
 * are wholly kept, the same of others wholly lost. */
static sim_buffer *sim_pieces(const sim_inode *inode, sim_dice *dice)
{
	uint64_t old = inode->durable->size, grown = old, size;
	sim_buffer *image;
	uint64_t choice = sim_dice_below(dice, 5);
	int garbage = (int)sim_dice_below(dice, 2);
	uint64_t keep = 1 + sim_dice_below(dice, 255);

	for (size_t i = 0; i < inode->n_writes; i++)
		if (inode->writes[i].offset + inode->writes[i].data->size > grown)
			grown = inode->writes[i].offset + inode->writes[i].data->size;
	size = grown;
	if (choice == 0)
		size = old;
	else if (choice == 1)
		size = old + sim_dice_below(dice, grown - old + 1);
	image = sim_buffer_new(NULL, size);
	if (old && size)
		memcpy(image->data, inode->durable->data, old < size ? old : size);
	if (garbage)
		for (uint64_t at = old; at < size; at++)
			image->data[at] = (uint8_t)sim_random(dice->seed ^ 0x6a09e667, at);
	for (size_t i = 0; i < inode->n_writes; i++) {
		const sim_write *write = &inode->writes[i];
		uint64_t end = write->offset + write->data->size;

		for (uint64_t at = write->offset / SIM_PIECE * SIM_PIECE; at < end;
				at += SIM_PIECE) {
			/* The same number for all writes of a piece, so that its versions are a
			 * prefix. */
			uint64_t die = sim_random(dice->seed, at ^ UINT64_C(0x5bd1e995));

			if (die % 256 < keep || die / 256 % (inode->n_writes + 1) > i)
				sim_piece_put(image, write, at, at + SIM_PIECE, size);
		}
	}
	return image;
}

/* A failed sync: about half of the pieces arrive, and nothing is pending any more. */
void sim_do_failed_sync(sim_disk *disk, uint32_t number, uint64_t seed)
{
	sim_inode *inode = disk->inodes[number];
	sim_dice dice = {seed, 0};
	sim_buffer *image;

	if (!inode->n_writes)
		return;
	image = sim_pieces(inode, &dice);
	sim_buffer_unref(inode->durable);
	inode->durable = image;
	inode->diverged = 1;
	sim_inode_forget_pending(inode);
}

void sim_do_failed_sync_folder(sim_disk *disk, uint32_t number, uint64_t seed)
{
	sim_inode *inode = disk->inodes[number];

	size_t left = 0;

	for (size_t i = 0; i < inode->n_ops; i++) {
		const sim_op *op = &inode->ops[i];

		/* No program can bring back the lost name of a folder that is in use. */
		if (!op->remove && disk->inodes[op->inode]->folder)
			inode->ops[left++] = *op;
		else if (sim_random(seed, i) & 1)
			sim_op_apply(&inode->kept, op);
	}
	inode->n_ops = left;
}

static sim_buffer *sim_content(
		const sim_inode *inode, sim_loss loss, uint64_t cut, uint64_t torn, sim_dice *dice)
{
	sim_buffer *image = sim_buffer_ref(inode->durable);

	if (!inode->n_writes || loss == SIM_LOSS_ALL)
		return image;
	if (loss == SIM_LOSS_NONE && !inode->diverged) {
		sim_buffer_unref(image);
		return sim_buffer_ref(inode->cache);
	}
	if (loss == SIM_LOSS_RANDOM) {
		uint64_t choice = sim_dice_below(dice, 6);

		if (choice == 0)
			return image;
		if (choice > 1) {
			sim_buffer_unref(image);
			return sim_pieces(inode, dice);
		}
		loss = SIM_LOSS_NONE;
	}
	for (size_t i = 0; i < inode->n_writes; i++) {
		const sim_write *write = &inode->writes[i];
		uint64_t size = write->data->size;

		if (loss == SIM_LOSS_PREFIX && write->order >= cut) {
			/* The write at the cut is torn at a piece. */
			if (write->order == cut && torn) {
				size = torn % (size + SIM_PIECE) / SIM_PIECE * SIM_PIECE;
				size = size < write->data->size ? size : write->data->size;
				if (size)
					sim_buffer_write(&image, write->data->data, size,
							write->offset);
			}
			break;
		}
		sim_buffer_write(&image, write->data->data, size, write->offset);
	}
	return image;
}

static void sim_names(const sim_inode *inode, sim_loss loss, uint64_t cut, sim_dice *dice,
		sim_entries *out)
{
	uint64_t choice = 0, keep = inode->n_ops;

	sim_entries_copy(out, &inode->kept);
	if (loss == SIM_LOSS_ALL)
		return;
	if (loss == SIM_LOSS_RANDOM) {
		choice = sim_dice_below(dice, 3);
		if (choice == 1)
			keep = sim_dice_below(dice, inode->n_ops + 1);
	}
	for (size_t i = 0; i < inode->n_ops; i++) {
		if (loss == SIM_LOSS_PREFIX && inode->ops[i].order >= cut)
			break;
		if (loss == SIM_LOSS_RANDOM && choice == 1 && i >= keep)
			break;
		if (loss == SIM_LOSS_RANDOM && choice == 2 && sim_dice_next(dice) & 1)
			continue;
		sim_op_apply(out, &inode->ops[i]);
	}
}

/* The smallest and the largest number of what is pending. */
static void sim_pending(const sim_disk *disk, uint64_t *first, uint64_t *last)
{
	*first = UINT64_MAX;
	*last = 0;
	for (size_t i = 0; i < disk->n_inodes; i++) {
		const sim_inode *inode = disk->inodes[i];

		for (size_t k = 0; inode && k < inode->n_writes; k++) {
			uint64_t order = inode->writes[k].order;

			*first = order < *first ? order : *first;
			*last = order > *last ? order : *last;
		}
		for (size_t k = 0; inode && k < inode->n_ops; k++) {
			uint64_t order = inode->ops[k].order;

			*first = order < *first ? order : *first;
			*last = order > *last ? order : *last;
		}
	}
}

static uint32_t sim_settle(const sim_disk *from, uint32_t number, sim_disk *to, uint32_t *numbers,
		sim_loss loss, uint64_t cut, uint64_t torn, sim_dice *dice)
{
	const sim_inode *inode = from->inodes[number];
	sim_inode *settled;
	sim_entries names = {0};
	uint32_t out;

	if (numbers[number] != UINT32_MAX)
		return numbers[number];
	settled = sim_inode_new(to, inode->folder, &out);
	numbers[number] = out;
	if (!inode->folder) {
		sim_buffer_unref(settled->cache);
		sim_buffer_unref(settled->durable);
		settled->durable = sim_content(inode, loss, cut, torn, dice);
		settled->cache = sim_buffer_ref(settled->durable);
		return out;
	}
	sim_names(inode, loss, cut, dice, &names);
	for (size_t i = 0; i < names.n; i++)
		names.items[i].inode = sim_settle(
				from, names.items[i].inode, to, numbers, loss, cut, torn, dice);
	settled->kept = names;
	sim_entries_copy(&settled->now, &names);
	return out;
}

sim_disk *sim_crash(sim_disk *disk, sim_loss loss, uint64_t seed)
{
	sim_disk *to = test_alloc(sizeof(*to));
	sim_dice dice = {seed, 0};
	uint64_t first, last, cut, torn;
	uint32_t *numbers;

	pthread_mutex_lock(&disk->mutex);
	sim_pending(disk, &first, &last);
	cut = first == UINT64_MAX ? 0 : first + sim_dice_below(&dice, last - first + 2);
	torn = sim_dice_next(&dice);
	to->refs = 1;
	pthread_mutex_init(&to->mutex, NULL);
	numbers = test_alloc(disk->n_inodes * sizeof(*numbers));
	memset(numbers, 0xff, disk->n_inodes * sizeof(*numbers));
	sim_settle(disk, 0, to, numbers, loss, cut, torn, &dice);
	free(numbers);
	pthread_mutex_unlock(&disk->mutex);
	return to;
}
