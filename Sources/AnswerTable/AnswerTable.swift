// AnswerTable
