#include "kept_disks.h"

#include "../unit/sharing_fixture.h"
#include "../unit/suite.h"
#include "network/network.h"

cstn_network *kept_network(sim_vfs *sim, int32_t commit_level)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	cstn_network *out = NULL;

	options.checkpoint_rows = 40;
	options.commit_level = commit_level;
	SHARING_OK(cstn__network_open_on(&sim->vfs, 16, "/net", &options, NULL, &out, &error));
	return out;
}

static void keep_disk(void *context, sim_vfs *sim, const sim_call *call)
{
	kept_disks *all = context;

	(void)call;
	ck_assert_uint_lt(all->n, sizeof(all->at) / sizeof(*all->at));
	all->at[all->n].disk = sim_disk_clone(sim->disk);
	all->at[all->n].seen = test_alloc(all->seen_size);
	memcpy(all->at[all->n++].seen, all->seen, all->seen_size);
}

void kept_begin(kept_disks *all, sim_vfs *sim, const void *seen, size_t size)
{
	all->n = 0;
	all->seen = seen;
	all->seen_size = size;
	sim->context = all;
	sim->before = keep_disk;
}

uint64_t kept_check(kept_disks *all, sim_vfs *sim, uint64_t losses,
		void (*check)(sim_disk *image, const void *seen))
{
	size_t step = test_every(), each = all->each ? all->each : 1;
	uint64_t images = 0;

	sim->before = NULL;
	for (size_t i = 0; i < all->n; i++) {
		for (uint64_t k = 0; k < losses && i % step == 0; k++) {
			sim_disk *image;

			if ((i * losses + k) % each)
				continue;
			image = sim_crash(all->at[i].disk, (sim_loss)(k % SIM_LOSSES),
					i + 1000 * (k / SIM_LOSSES));

			check(image, all->at[i].seen);
			sim_disk_unref(image);
			images++;
		}
		sim_disk_unref(all->at[i].disk);
		free(all->at[i].seen);
	}
	return images;
}
