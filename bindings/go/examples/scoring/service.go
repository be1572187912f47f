package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	constellation "github.com/libconstellation/libconstellation/bindings/go"
)

// models are what a request is answered from. All are immutable: requests use them at once.
type models struct {
	value, spend *constellation.CustomerValue
	rfm          *constellation.RFM
	clusters     *constellation.KMeans
	services     map[string]service // by segment
	digest       string             // of the plan they are from
}

// service is what the plan gives a segment.
type service struct {
	Segment      string `json:"segment"`
	Tier         *int64 `json:"tier"`
	LeadTimeDays *int64 `json:"lead_time_days"`
}

// load reads all files of a folder; on failure it closes what it opened.
func load(folder string) (*models, error) {
	m := new(models)
	var err error
	if m.value, err = loadModel(folder, valueFile, constellation.DeserializeCustomerValue); err == nil {
		m.spend, err = loadModel(folder, spendFile, constellation.DeserializeCustomerValue)
	}
	if err == nil {
		m.rfm, err = loadModel(folder, rfmFile, constellation.DeserializeRFM)
	}
	if err == nil {
		m.clusters, err = loadModel(folder, clustersFile, constellation.DeserializeKMeans)
	}
	if err == nil {
		err = m.loadPlan(folder)
	}
	if err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

func loadModel[M any](folder, name string, deserialize func([]byte, ...constellation.Option) (M, error)) (M, error) {
	bytes, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		var none M
		return none, err
	}
	model, err := deserialize(bytes)
	if err != nil {
		return model, fmt.Errorf("%s: %w", name, err)
	}
	return model, nil
}

// loadPlan reads the services of segments and checks that they are what the plan's digest says.
func (m *models) loadPlan(folder string) error {
	text, err := os.ReadFile(filepath.Join(folder, planFile))
	if err != nil {
		return err
	}
	var file struct {
		Digest string          `json:"digest"`
		Plan   json.RawMessage `json:"plan"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("%s: %w", planFile, err)
	}
	if sum := sha256.Sum256(file.Plan); hex.EncodeToString(sum[:]) != file.Digest {
		return fmt.Errorf("%s is not what its digest says", planFile)
	}
	var plan struct {
		Segments []service `json:"segments"`
	}
	if err := json.Unmarshal(file.Plan, &plan); err != nil {
		return fmt.Errorf("%s: %w", planFile, err)
	}
	m.digest, m.services = file.Digest, map[string]service{}
	for _, s := range plan.Segments {
		m.services[s.Segment] = s
	}
	return nil
}

// Close gives the models back; a request that still uses one keeps it until it is done.
func (m *models) Close() {
	for _, model := range []*constellation.CustomerValue{m.value, m.spend} {
		if model != nil {
			model.Close()
		}
	}
	if m.rfm != nil {
		m.rfm.Close()
	}
	if m.clusters != nil {
		m.clusters.Close()
	}
}

// request is columns of customers: x, tx and T in weeks as a value model takes them, money in cents.
type request struct {
	Customer  []string   `json:"customer"`
	X         []int64    `json:"x"`
	TX        []float64  `json:"tx"`
	T         []float64  `json:"T"`
	Spend     []*float64 `json:"spend"` // null for who bought once
	Recency   []int64    `json:"recency"`
	Frequency []int64    `json:"frequency"`
	Monetary  []int64    `json:"monetary"`
	MeanValue []float64  `json:"mean_value"`
}

// columns hands the slices of a request over as they are.
func (r *request) columns() []constellation.Column {
	spend, known := make([]float64, len(r.Spend)), make([]bool, len(r.Spend))
	for i, v := range r.Spend {
		if known[i] = v != nil; known[i] {
			spend[i] = *v
		}
	}
	return []constellation.Column{
		constellation.TextColumn("customer", r.Customer),
		constellation.Int64Column("x", r.X),
		constellation.DoubleColumn("tx", r.TX),
		constellation.DoubleColumn("T", r.T),
		constellation.DoubleColumn("spend", spend).WithNulls(known),
		constellation.Int64Column("recency", r.Recency),
		constellation.Int64Column("frequency", r.Frequency),
		constellation.Int64Column("monetary", r.Monetary),
		constellation.DoubleColumn("mean_value", r.MeanValue),
	}
}

// answer is a row a customer, in the order of the request; null is not known.
type answer struct {
	Customer     []string   `json:"customer"`
	Alive        []*float64 `json:"p_alive"`
	Purchases    []*float64 `json:"purchases"` // in the next 26 weeks
	CLV          []*int64   `json:"clv"`       // cents, in the next 52 weeks
	Scores       []*string  `json:"rfm"`
	Segment      []*string  `json:"segment"`
	Cluster      []*int32   `json:"cluster"`
	Tier         []*int64   `json:"tier"`
	LeadTimeDays []*int64   `json:"lead_time_days"`
	Plan         string     `json:"plan"` // the digest of the plan that tiers are from
	BadRows      []badRow   `json:"bad_rows"`
}

type badRow struct {
	Row     uint64 `json:"row"`
	Column  string `json:"column"`
	Message string `json:"message"`
}

// score answers one request. Each model sees all customers in one call.
func (m *models) score(ctx context.Context, r *request) (*answer, error) {
	rows := r.columns()
	out := &answer{Customer: r.Customer, Plan: m.digest, BadRows: []badRow{}}
	cents := int32(0)
	stream, err := m.value.Predict(rows, &constellation.ValuePredictOptions{
		Horizons: []float64{26}, Spend: m.spend, Periods: 52, Discount: 0.002, MoneyScale: &cents})
	value, err := read(ctx, stream, err, out)
	if err != nil {
		return nil, err
	}
	stream, err = m.rfm.Predict(rows, nil)
	segments, err := read(ctx, stream, err, out)
	if err != nil {
		return nil, err
	}
	stream, err = m.clusters.Predict(rows, false, nil)
	clusters, err := read(ctx, stream, err, out)
	if err != nil {
		return nil, err
	}
	out.Alive = nullable(value["p_alive"], value["p_alive"].Doubles())
	out.Purchases = nullable(value["purchases"], value["purchases"].Doubles())
	out.CLV = nullable(value["clv"], value["clv"].Int64s())
	out.Scores, out.Segment = texts(segments["rfm"]), texts(segments["segment"])
	out.Cluster = nullable(clusters["label"], clusters["label"].Int32s())
	out.Tier, out.LeadTimeDays = make([]*int64, len(r.Customer)), make([]*int64, len(r.Customer))
	for i, name := range out.Segment {
		if name != nil {
			s := m.services[*name]
			out.Tier[i], out.LeadTimeDays[i] = s.Tier, s.LeadTimeDays
		}
	}
	return out, nil
}

// read takes what a prediction gave: its columns by name, and the rows it could not answer.
func read(ctx context.Context, stream *constellation.Stream, err error, out *answer) (map[string]constellation.Column, error) {
	if err != nil && (stream == nil || !errors.Is(err, constellation.ErrRows)) {
		return nil, err
	}
	bad, _, err := stream.BadRows()
	if err != nil {
		stream.Close()
		return nil, err
	}
	for _, row := range bad {
		if told := (badRow{row.Row, row.Column, row.Message}); !slices.Contains(out.BadRows, told) {
			out.BadRows = append(out.BadRows, told)
		}
	}
	batch, err := stream.All(ctx)
	if err != nil {
		return nil, err
	}
	columns := map[string]constellation.Column{}
	for _, c := range batch.Columns() {
		columns[c.Name()] = c
	}
	return columns, nil
}

func nullable[T any](c constellation.Column, values []T) []*T {
	out := make([]*T, len(values))
	for i := range values {
		if !c.IsNull(i) {
			out[i] = &values[i]
		}
	}
	return out
}

func texts(c constellation.Column) []*string {
	values := make([]string, c.Len())
	for i := range values {
		values[i] = c.Text(i)
	}
	return nullable(c, values)
}

const largestRequest = 64 << 20

func (m *models) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /score", func(w http.ResponseWriter, r *http.Request) {
		in := new(request)
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, largestRequest)).Decode(in); err != nil {
			refuse(w, http.StatusBadRequest, err)
			return
		}
		out, err := m.score(r.Context(), in)
		if err != nil {
			refuse(w, statusOf(err), err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out) // who went away needs no answer
	})
	return mux
}

// statusOf tells what the caller can mend from what he cannot.
func statusOf(err error) int {
	for _, code := range []constellation.Code{constellation.ErrInvalidArgument, constellation.ErrSchema, constellation.ErrRows} {
		if errors.Is(err, code) {
			return http.StatusBadRequest
		}
	}
	return http.StatusInternalServerError
}

func refuse(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}
