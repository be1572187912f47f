package constellation

// #include "bridge.h"
import "C"

import "unsafe"

// DemandLeadOptions say how long until what is ordered now has come, and how sure to be.
type DemandLeadOptions struct {
	// Periods of the lead time; without Shares.
	Periods int32
	// Shares say how often the lead time is 1, 2, .. periods.
	Shares []float64
	// Level of service, inside (0, 1); 0: it is Under / (Under + Over).
	Level float64
	// Under and Over: what a unit short and a unit left cost.
	Under, Over float64
	// Keys as in DemandForecastOptions; a column stock is the stock to be asked about.
	Keys []Column
	// Future: events to come, as in DemandForecastOptions.
	Future  []Column
	Binding *Binding
	Threads int32
}

// LeadTime has demand of each series over a lead time: columns unique_id, ds, mean, variance, quantile
// (the reorder point), safety_stock, stock, shortage, stockout, flags.
func (m *DemandModel) LeadTime(options *DemandLeadOptions) (*Stream, error) {
	options = orDefault(options)
	periods, shares := options.Periods, (*C.double)(nil)
	if len(options.Shares) > 0 {
		periods, shares = int32(len(options.Shares)), doubles(options.Shares)
	}
	given := &C.cstn_demand_lead_options{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_demand_lead_options{})),
		periods: C.int32_t(periods), threads: C.int32_t(options.Threads), level: C.double(options.Level),
		under_minor: C.double(options.Under), over_minor: C.double(options.Over)}
	laid, end, err := layOutBoth(options.Keys, options.Future, options.Binding)
	defer end()
	if err != nil {
		return nil, err
	}
	return m.give(func(ptr *C.cstn_demand_model, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_demand_model_lead_time(ptr, laid[0], laid[1], given, shares, out, o)
	})
}

// layOutBoth lays out frames of keys and of what is to come, either of which may be nil; end frees them.
func layOutBoth(keys, future []Column, binding *Binding) (laid [2]*C.cstn_go_input, end func(), err error) {
	var ends []func()
	end = func() {
		for _, one := range ends {
			one()
		}
	}
	for i, columns := range [][]Column{keys, future} {
		if columns == nil {
			continue
		}
		rows, err := layOutColumns(columns, binding)
		if err != nil {
			return laid, end, err
		}
		ends = append(ends, rows.end)
		laid[i] = rows.c
	}
	return laid, end, nil
}
