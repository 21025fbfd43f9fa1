package inbox

// Figures of the departments' reports, by the names outside.
const (
	FigureDispatched    = "dispatched"
	FigureSigned        = "signed"
	FigureSignedOnTime  = "signed_on_time_rate"
	FigureSignMedian    = "sign_median"
	FigureSignP90       = "sign_p90"
	FigureGivenAnswer   = "given_answer"
	FigureAnswerOnTime  = "answer_on_time_rate"
	FigureAnswerMedian  = "answer_median"
	FigureAnswerP90     = "answer_p90"
	FigureReturned      = "returned"
	FigureWithdrawn     = "withdrawn"
	FigureExtended      = "extended"
	FigureReworked      = "reworked"
	FigureUrged         = "urged"
	FigureSupervised    = "supervised"
	FigureOpen          = "open"
	FigureOpenOverdue   = "open_overdue"
	FigureDepartmentSum = "department_sum"
)

// EscalationDefinitions are those of the departments' figures, in the order they
// are shown.
func EscalationDefinitions() []Definition {
	return []Definition{
		{FigureDispatched, Words{"转办", "Dispatched"}, Words{
			"期间内转给该单位的次数，按转办的时间计。一件工单转给两个单位，或先后两次转给同一单位，都是两次。以下各项都是这些转办到现在的情况。",
			"How often the department was given a ticket during the period, by when it was dispatched. A ticket given to two departments, or twice to the same one, counts twice. What follows is how these stand by now.",
		}},
		{FigureSigned, Words{"签收", "Signed"}, Words{
			"其中已签收的。直接答复的也算签收。",
			"Of those, the ones that were signed. An answer without signing signs too.",
		}},
		{FigureSignedOnTime, Words{"按时签收率", "Signed on time"}, Words{
			"其中签收时限已有结果的，在时限内签收的比例。转办时另定了办理期限的没有签收时限，不计入。",
			"Of those whose deadline for signing is settled, the share signed within it. One dispatched with a deadline of its own has none for signing and is left out.",
		}},
		{FigureSignMedian, Words{"签收时长（中位数）", "Time to sign, median"}, Words{
			"从转办到签收所用的时间，一半的转办不超过它。按自然时间计，误差不超过 2.5%。",
			"From dispatch to signing: half took no longer. All hours count; the error is at most 2.5%.",
		}},
		{FigureSignP90, Words{"签收时长（九成）", "Time to sign, 90%"}, Words{"同上，九成的转办不超过它。", "The same for nine out of ten."}},
		{FigureGivenAnswer, Words{"已答复", "Answered"}, Words{
			"其中单位已交来答复的。退回重办、还没有重新答复的，以及后来退回的，不算。",
			"Of those, the ones the department has answered. One that was sent back and not answered again, or was returned later, does not count.",
		}},
		{FigureAnswerOnTime, Words{"按时办结率", "On time"}, Words{
			"其中办理时限已有结果的，按时答复、从未超时的比例。超时过的，之后答复、退回或撤回也不改变。批准的延期计入时限。",
			"Of those whose deadline for the answer is settled, the share answered in time that never missed it. One that was missed stays late, even if it is answered, returned or taken back afterwards. The deadline includes the extensions that were granted.",
		}},
		{FigureAnswerMedian, Words{"办理时长（中位数）", "Time to answer, median"}, Words{
			"从转办到（最近一次）答复所用的时间，一半的转办不超过它。按自然时间计，误差不超过 2.5%。",
			"From dispatch to the last answer: half took no longer. All hours count; the error is at most 2.5%.",
		}},
		{FigureAnswerP90, Words{"办理时长（九成）", "Time to answer, 90%"}, Words{"同上，九成的转办不超过它。", "The same for nine out of ten."}},
		{FigureReturned, Words{"退回", "Returned"}, Words{"其中单位申请退回、受理方同意的。", "Of those, the ones the department gave back with the desk's agreement."}},
		{FigureWithdrawn, Words{"撤回", "Taken back"}, Words{"其中受理方撤回或改派的，以及工单结束时还没有答复的。", "Of those, the ones the desk took back or gave to another, and those not answered when the ticket ended."}},
		{FigureExtended, Words{"延期", "Extended"}, Words{"其中批准过延期的，无论几次。", "Of those, the ones that were given more time, however often."}},
		{FigureReworked, Words{"退回重办", "Sent back"}, Words{"其中答复后被受理方退回重办过的，无论几次。", "Of those, the ones whose answer the desk sent back, however often."}},
		{FigureUrged, Words{"催办", "Urged"}, Words{"其中催办过的，无论几次。", "Of those, the ones that were urged, however often."}},
		{FigureSupervised, Words{"督办", "Supervised"}, Words{"其中列入督办的。", "Of those, the ones under supervision."}},
		{FigureOpen, Words{"在办", "Open"}, Words{"现在还没有答复的转办，不随期间变化。", "What the department has not answered now, whatever the period."}},
		{FigureOpenOverdue, Words{"在办超时", "Open, overdue"}, Words{
			"在办的转办中，正在计的签收或办理时限已过的，不随期间变化。",
			"Of what is open, what is past its running deadline for signing or answering, whatever the period.",
		}},
		{FigureDepartmentSum, Words{"含下属", "With those under it"}, Words{
			"上级单位的数含其下属各单位的转办。合计中每次转办只计一次。",
			"A department's figures include those under it. In the total each dispatch counts once.",
		}},
	}
}
