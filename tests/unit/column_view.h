#ifndef TESTS_COLUMN_VIEW_H
#define TESTS_COLUMN_VIEW_H

#include "arrow_maker.h"
#include "table/column.h"

/* One column 'x' of one small batch, bound and viewed. */

#define ACCEPT(type) CSTN__ACCEPT(CSTN_TYPE_##type)

typedef struct viewed {
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn__bound *bound;
	cstn__batch batch;
	cstn__column *column;
} viewed;

/* Binds, or fails the test with the error. */
cstn__bound *bound_to(struct ArrowArrayStream *stream, const cstn__column_decl *decls, size_t n,
		const cstn_binding *binding);
/* Views a batch, or fails the test with the error. */
void batch_of(const cstn__bound *bound, const struct ArrowArray *array, cstn__batch *batch);
/* `column` must outlive the view. */
void view_open(viewed *view, const maker_column *column, int64_t length,
		const cstn__column_decl *decl, const cstn_binding *binding);
void view_close(viewed *view);

extern const cstn__column_decl any_int, any_text;

#endif
