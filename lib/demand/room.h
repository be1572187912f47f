#ifndef CSTN_DEMAND_ROOM_H
#define CSTN_DEMAND_ROOM_H

#include "base/alloc.h"

/* Doubles that are used again for series after series, of one thread. */
typedef struct cstn__room {
	cstn_allocator allocator;
	double *values;
	size_t capacity;
} cstn__room;

static inline void cstn__room_init(cstn__room *room, const cstn_allocator *allocator)
{
	room->allocator = *allocator;
	room->values = NULL;
	room->capacity = 0;
}

static inline void cstn__room_free(cstn__room *room)
{
	cstn__free(&room->allocator, room->values, room->capacity * sizeof(*room->values));
	room->values = NULL;
	room->capacity = 0;
}

/* Of so many doubles, whatever was in it before. 0 or -1. */
static inline int cstn__room_reserve(cstn__room *room, size_t wanted)
{
	if (wanted <= room->capacity)
		return 0;
	return cstn__array_grow(&room->allocator, &room->values, &room->capacity, wanted,
			sizeof(*room->values));
}

#endif
