#ifndef TESTS_M5_FRAME_H
#define TESTS_M5_FRAME_H

#include "m5_items.h"

/* Rows of the items of one store with all their signals: columns unique_id, ds, y, dept_id,
 * snap_CA, and 1 on days of events of each type. */
#define M5_TYPES 4
extern const char *const m5_types[M5_TYPES];

typedef struct m5_frame {
	m5_items *items;
	double events[M5_TYPES][M5_CALENDAR];
} m5_frame;
void m5_frame_read(m5_frame *out);
void m5_frame_free(m5_frame *frame);
/* Days to d_`to`; behind d_`known` y is null. The frame outlives the rows. */
void m5_frame_rows(struct ArrowArrayStream *out, const m5_frame *frame, size_t known, size_t to);

#endif
