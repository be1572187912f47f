#include <check.h>

#include "column_view.h"

cstn__bound *bound_to(struct ArrowArrayStream *stream, const cstn__column_decl *decls, size_t n,
		const cstn_binding *binding)
{
	cstn__bound *bound = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn__bind_stream(stream, decls, n, binding, NULL, &bound, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return bound;
}

void batch_of(const cstn__bound *bound, const struct ArrowArray *array, cstn__batch *batch)
{
	cstn_error *error = NULL;
	cstn_status status = cstn__bound_batch(bound, array, batch, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
}

static maker_batch one_batch;
static maker_stream one_stream;

void view_open(viewed *view, const maker_column *column, int64_t length,
		const cstn__column_decl *decl, const cstn_binding *binding)
{
	one_batch = (maker_batch){length, 0, 0, NULL, column};
	one_stream = (maker_stream){
			.fields = column, .n = 1, .batches = &one_batch, .n_batches = 1};
	maker_open(&view->stream, &one_stream);
	view->bound = bound_to(&view->stream, decl, 1, binding);
	ck_assert_int_eq(cstn__stream_next(&view->stream, &view->array, NULL), CSTN_OK);
	batch_of(view->bound, &view->array, &view->batch);
	view->column = &view->batch.columns[0];
}

void view_close(viewed *view)
{
	cstn__batch_free(view->bound, &view->batch);
	view->array.release(&view->array);
	cstn__bound_free(view->bound);
	view->stream.release(&view->stream);
	ck_assert_int_eq(maker_live(), 0);
}

const cstn__column_decl any_int = {"x", ACCEPT(INT64), -1, 1, 1, 0, 0};
const cstn__column_decl any_text = {"x", ACCEPT(TEXT), -1, 1, 1, 0, 0};
