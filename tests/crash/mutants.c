/* Would the proof notice? lib/store is compiled once more with every rule of the protocol behind a
 * switch; each run turns one rule off and goes through the layers until one of them fails. A mutant
 * that no layer notices, or another than the one that is named here, is a failure of the tests.
 *
 * usage: crash_mutants [NUMBER...] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer.h"
#include "store/rule.h"

/* The rule that is off; 0: none. The program's own, as this is a test. */
static int rule_off;

int cstn__rule(int number)
{
	return number != rule_off;
}

typedef struct mutant {
	int number;
	const char *what;
	const char *layer; /* the one that has to notice */
	uint64_t effort;
} mutant;

static const mutant mutants[] = {
		{CSTN__RULE_SYNC_COMMIT, "no sync of a commit", "states", 0},
		{CSTN__RULE_SYNC_SEGMENT, "no sync of a segment", "states", 0},
		{CSTN__RULE_SYNC_LOG_HEADER, "no sync of a new log's header", "states", 0},
		{CSTN__RULE_SYNC_MANIFEST, "no sync of the manifest before its rename", "states",
				0},
		{CSTN__RULE_FOLDER_BEFORE_RENAME, "no sync of the folder before the rename",
				"states", 0},
		{CSTN__RULE_FOLDER_AFTER_RENAME, "no sync of the folder after the rename", "states",
				0},
		{CSTN__RULE_UNLINK_LATE, "old files removed before the manifest is durable",
				"states", 0},
		{CSTN__RULE_ROTATE_AFTER_SHORT_WRITE, "appending after a short write", "faults", 0},
		{CSTN__RULE_NEVER_RETRY_SYNC, "a failed sync tried again", "faults", 0},
		{CSTN__RULE_FRAME_HASH, "frames not hashed", "flips", 3},
		{CSTN__RULE_MANIFEST_HASH, "manifest not hashed", "flips", 3},
		{CSTN__RULE_BLOCK_HASH, "blocks not hashed", "flips", 3},
		{CSTN__RULE_CONTIGUOUS_SEQ, "sequence numbers not checked", "flips", 3},
		{CSTN__RULE_DURABLE_LEN, "a hole in acknowledged bytes taken for a tail", "flips",
				3},
		{CSTN__RULE_REWRITE_AT_OPEN, "recovery does not rewrite what it read", "states", 0},
		{CSTN__RULE_ROLL_BACK, "memory keeps what the disk refused", "faults", 0},
		{CSTN__RULE_PUBLISH_AFTER_SYNC, "readers see a commit before its sync", "readers",
				0},
		{CSTN__RULE_READ_ERROR_FAILS_OPEN, "a read error taken for the end of the log",
				"faults", 0},
		{CSTN__RULE_SEEDED_BLOCKS, "block hashes without file and offset", "flips", 3},
		{CSTN__RULE_CLEAN_AFTER_MANIFEST, "files removed before the new manifest stands",
				"states", 0},
		{CSTN__RULE_NEVER_OLDER_MANIFEST, "a damaged manifest answered by an older one",
				"flips", 3},
		{CSTN__RULE_LATE_DEATHS, "compaction forgets what died meanwhile", "readers", 0},
		{CSTN__RULE_DEAD_ROWS_WITH_SEGMENT, "a segment enters without its dead-row maps",
				"states", 0},
		{CSTN__RULE_SYNC_PARENT, "the folder of a new store is not synced", "states", 0},
		{CSTN__RULE_READER_LOCK, "a reader's files removed", "readers", 0},
		{CSTN__RULE_SLOT_BEFORE_COMMIT, "a commit before its key slot is synced", "states",
				0},
		{CSTN__RULE_ZERO_BEFORE_RETIRE, "a log retired before its erasures are synced",
				"states", 0},
		{CSTN__RULE_KEY_FILE_WHEN_DEAD, "a key file removed while a slot is held", "states",
				0},
};

static const struct {
	const char *name;
	void (*run)(layer *self);
	uint64_t effort;
} order[] = {
		{"readers", layer_readers, 0},
		{"faults", layer_faults, 0},
		{"states", layer_states, 20000},
		{"flips", layer_flips, 0},
};

/* The name of the first layer that fails, or NULL. The one that should is asked first. */
static const char *mutant_killer(const mutant *self, layer *out)
{
	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
			layer one = {.name = order[i].name, .quiet = 1, .seed = 1};

			if ((strcmp(order[i].name, self->layer) == 0) != (turn == 0))
				continue;
			one.effort = self->effort && turn == 0 ? self->effort : order[i].effort;
			order[i].run(&one);
			*out = one;
			if (one.failed)
				return order[i].name;
		}
	return NULL;
}

/* With every rule on, each layer finds nothing; else it would kill every mutant. */
static int sound_layers_pass(uint64_t *passed)
{
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		layer one = {.name = order[i].name, .quiet = 1, .seed = 1};

		one.effort = order[i].effort ? order[i].effort : 5;
		if (order[i].run != layer_flips && order[i].run != layer_states)
			one.effort = 0;
		order[i].run(&one);
		if (one.failed) {
			printf("%s fails without a mutant: %s\n", one.name, one.why);
			return 0;
		}
		(*passed)++;
	}
	return 1;
}

int main(int argc, char **argv)
{
	uint64_t passed = 0, failed = 0;

	if (argc < 2 && !sound_layers_pass(&passed)) {
		printf("0 passed, 1 failed\n");
		return 1;
	}

	for (size_t i = 0; i < sizeof(mutants) / sizeof(*mutants); i++) {
		int wanted = argc < 2;
		const char *killer;
		layer found;

		for (int k = 1; k < argc; k++)
			wanted |= atoi(argv[k]) == mutants[i].number;
		if (!wanted)
			continue;
		rule_off = mutants[i].number;
		killer = mutant_killer(&mutants[i], &found);
		if (killer && strcmp(killer, mutants[i].layer) == 0) {
			passed++;
			printf("M%-2d %-52s killed by %s: %.300s\n", mutants[i].number,
					mutants[i].what, killer, found.why);
		} else {
			failed++;
			printf("M%-2d %-52s NOT killed by %s%s%s\n", mutants[i].number,
					mutants[i].what, mutants[i].layer,
					killer ? ", but by " : "", killer ? killer : "");
		}
		fflush(stdout);
	}
	printf("%" PRIu64 " passed, %" PRIu64 " failed\n", passed, failed);
	return failed != 0;
}
