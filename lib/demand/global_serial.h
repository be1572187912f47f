#ifndef CSTN_DEMAND_GLOBAL_SERIAL_H
#define CSTN_DEMAND_GLOBAL_SERIAL_H

#include "base/envelope.h"
#include "demand/global_model.h"

/* What bytes of models and of states have in common. */
void cstn__global_put_config(cstn__bytes *out, const cstn_demand_global *model);
void cstn__global_put_pools(cstn__bytes *out, const cstn_demand_global *model);
/* A model of a configuration, which is checked but for the type of keys. */
cstn_status cstn__global_read_config(cstn__reader *in, const cstn_allocator *allocator,
		cstn_demand_global **out, cstn_error **error);
/* Pools of a model; 0, -1 damaged, -2 out of memory. */
int cstn__global_read_pools(cstn__reader *in, cstn_demand_global *model);

#endif
