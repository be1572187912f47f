#ifndef CSTN_SEGMENT_VALUE_PREDICT_H
#define CSTN_SEGMENT_VALUE_PREDICT_H

#include "segment/value_handle.h"
#include "table/export.h"

/* Numbers of the value columns of a prediction, from 0, -1 for those not asked for; in the table
 * they stand behind the customer's, `first` columns further. */
typedef struct cstn__value_columns {
	int32_t n, first;
	int32_t alive, purchases, sd, active, loglik, residual, due, spend, margin, clv;
} cstn__value_columns;

/* Options with their defaults, checked against the model. */
cstn_status cstn__value_read_options(const cstn_customer_value *model,
		const cstn_value_predict_options *given, cstn_value_predict_options *out,
		cstn_error **error);

/* Predict all rows of a stream into a table whose columns are declared. */
cstn_status cstn__value_predict_stream(const cstn_customer_value *model,
		const cstn_value_predict_options *options, const cstn__value_columns *columns,
		cstn__value_reader *reader, struct ArrowArrayStream *rows,
		cstn__table_builder *table, cstn_error **error);

#endif
