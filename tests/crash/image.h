#ifndef TESTS_CRASH_IMAGE_H
#define TESTS_CRASH_IMAGE_H

#include "oracle.h"
#include "sim_vfs.h"

/* A disk as a crash left it: does the store on it hold what it must? */
typedef struct image_bounds {
	uint64_t acked, issued, seen;
} image_bounds;

typedef struct image_count {
	uint64_t states; /* disks opened and compared after a crash */
	uint64_t nested; /* of them: after a crash inside recovery */
	uint64_t opens;  /* all opens */
	uint64_t probes; /* transactions committed after a recovery and found again */
	uint64_t verifies;
	uint64_t read_only; /* opens that may not write */
} image_count;

typedef struct image_check {
	oracle *model; /* `why` says what is wrong */
	const cstn__store_options *options;
	image_count *count;
	uint32_t nested; /* crashes inside each recovery */
} image_check;

/* 0, or -1 with model->why. The image is written to. */
int image_check_power_loss(
		const image_check *check, sim_disk *image, image_bounds bounds, uint64_t seed);
/* The process ended, the cache is still there (not synced); then the power goes, too. */
int image_check_soft_restart(
		const image_check *check, sim_disk *disk, image_bounds bounds, uint64_t seed);
/* A backup folder: absent, refused, or a whole prefix between the bounds. `whole` 1: it was
 * reported done and must open. */
int image_check_backup(const image_check *check, sim_disk *image, const char *path, int whole,
		image_bounds bounds);
/* No tmp- file, no file that no manifest lists, at most `keep` manifests (0: 1). */
int image_check_files(oracle *model, sim_disk *disk, const char *path, uint32_t keep);

#endif
