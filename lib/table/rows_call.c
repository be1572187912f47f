/* What calls have in common that read rows and give a stream: arguments are looked at, an object is
 * made to work in, and outputs are written when nothing can fail any more. O(1). */
#include "table/rows_call.h"

#include <string.h>

#include "base/alloc.h"

typedef struct running {
	const cstn__rows_call *call;
	const cstn__rows_given *given;
} running;

static cstn_status run(void *context, struct ArrowArrayStream *rows, const void *options,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const running *r = context;
	cstn__rows_task task;
	void *object = NULL;
	cstn_status status = r->call->check(options, r->given->beside, error);

	memset(&task, 0, sizeof(task));
	if (status == CSTN_OK)
		status = cstn__handle_new(
				r->given->allocator, r->call->size, &task.memory, &object, error);
	if (status != CSTN_OK)
		return status;
	task.rows = rows;
	task.options = options;
	task.beside = r->given->beside;
	status = r->call->run(object, &task, error);
	if (status == CSTN_OK)
		*r->given->out = task.made;
	return cstn__rows_left_out(status, task.bad, task.left_out, bad_rows, error);
}

cstn_status cstn__rows_run(const cstn__rows_call *call, const cstn__rows_given *given, void *read,
		size_t size, cstn_error **error)
{
	running r = {call, given};
	const cstn__update update = {call->rows, "out", given->out ? &r : NULL, given->options,
			call->options_name, call->flags, run};

	return cstn__update_run(&update, given->rows, read, size, given->bad_rows, error);
}

cstn_status cstn__rows_end(cstn__rows_task *task, cstn__row_sink *sink, cstn_error **error)
{
	cstn_status status = cstn__row_sink_finish(sink, &task->bad, error);

	task->left_out = cstn__row_sink_total(sink);
	cstn__row_sink_free(sink);
	return status;
}

cstn_status cstn__rows_end_made(cstn__rows_task *task, cstn__row_sink *sink, cstn_error **error)
{
	cstn_status status = cstn__rows_end(task, sink, error);

	if (status != CSTN_OK)
		task->made.release(&task->made);
	return status;
}
