#ifndef TESTS_CRASH_KEPT_DISKS_H
#define TESTS_CRASH_KEPT_DISKS_H

#include <constellation/constellation.h>

#include "sim_vfs.h"

/* The disks of a run, at each call that writes, with what the world outside had seen by then; and
 * what is found on them after a crash there. */
typedef struct kept_disks {
	struct {
		sim_disk *disk;
		void *seen;
	} at[6000];
	size_t n;
	const void *seen; /* of the run as it is now */
	size_t seen_size;
	size_t each; /* one image of so many is checked, of all kinds of loss; 0: all */
} kept_disks;

/* A network on such a disk, with a checkpoint every 40 rows. */
cstn_network *kept_network(sim_vfs *sim, int32_t commit_level);
/* From now on disks are kept, each with a copy of what is seen. */
void kept_begin(kept_disks *all, sim_vfs *sim, const void *seen, size_t size);
/* No more of them: each crashes (one in test_every()) so often, with each kind of loss in turn, and
 * is let go. How many images were checked. */
uint64_t kept_check(kept_disks *all, sim_vfs *sim, uint64_t losses,
		void (*check)(sim_disk *image, const void *seen));

#endif
