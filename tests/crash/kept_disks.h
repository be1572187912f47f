#ifndef TESTS_CRASH_KEPT_DISKS_H
#define TESTS_CRASH_KEPT_DISKS_H

#include <constellation/constellation.h>

#include "sim_vfs.h"

/* The disks of a run, at each call that writes, with how many of its changes had come back by then;
 * and what is found on them after a crash there. */
typedef struct kept_disks {
	struct {
		sim_disk *disk;
		uint32_t acked;
	} at[4000];
	size_t n;
	uint32_t acked; /* of the run as it is now */
} kept_disks;

/* A network on such a disk, with a checkpoint every 40 rows. */
cstn_network *kept_network(sim_vfs *sim, int32_t commit_level);
/* From now on disks are kept. */
void kept_begin(kept_disks *all, sim_vfs *sim);
/* No more of them: each crashes (one in test_every()) with each kind of loss, and is let go. How
 * many images were checked. */
uint64_t kept_check(kept_disks *all, sim_vfs *sim, void (*check)(sim_disk *image, uint32_t acked));

#endif
