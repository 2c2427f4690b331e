use std::collections::HashSet;

use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};
use ndarray::Array2;

use super::{DataError, DataSet};

/// Which columns of a table are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Columns<'a> {
    /// The column that names the class; `None` is the last.
    pub label: Option<&'a str>,
    /// The columns that become features, in this order; `None` is all but the label's, in the
    /// table's order. What the other columns hold is not looked at.
    pub features: Option<&'a [String]>,
}

impl DataSet {
    /// Reads comma-separated text whose first line names the columns: the label's column holds the
    /// name of a class, all others numbers. `label` names the label's column; `None` is the last.
    /// `file` is what errors call the text.
    ///
    /// # Errors
    /// What is not accepted, with its line and column; text whose last line is not ended, since it
    /// may have been cut off within a number that still reads as one.
    pub fn from_csv(file: &str, text: &str, label: Option<&str>) -> Result<DataSet, DataError> {
        DataSet::from_csv_columns(file, text, Columns { label, features: None })
    }

    /// As [`from_csv`](DataSet::from_csv), of chosen columns.
    ///
    /// # Errors
    /// Also features that are not there, are named twice, or are the label.
    pub fn from_csv_columns(
        file: &str,
        text: &str,
        columns: Columns<'_>,
    ) -> Result<DataSet, DataError> {
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(text.as_bytes());
        let names = reader.headers().map_err(|it| refused(file, &it))?.clone();
        check_names(file, &names)?;
        let label = label_column(file, &names, columns.label)?;
        let chosen = feature_columns(file, &names, label, columns.features)?;
        if !text.ends_with('\n') {
            let line = text.lines().count() as u64;
            return Err(DataError::Truncated { file: file.to_owned(), line });
        }

        let (mut features, mut labels, mut class_names) = (Vec::new(), Vec::new(), Vec::new());
        for record in reader.records() {
            let record = record.map_err(|it| refused(file, &it))?;
            let line = record.position().map_or(0, |it| it.line());
            for &column in &chosen {
                features.push(number(file, line, &names[column], &record[column])?);
            }
            if record[label].is_empty() {
                let column = names[label].to_owned();
                return Err(DataError::NoClass { file: file.to_owned(), line, column });
            }
            labels.push(class(&record[label], &mut class_names));
        }

        match class_names.as_slice() {
            [] => Err(DataError::Empty { file: file.to_owned() }),
            [class] => Err(DataError::OneClass {
                file: file.to_owned(),
                column: names[label].to_owned(),
                class: class.clone(),
            }),
            _ => Ok(DataSet {
                features: Array2::from_shape_fn((labels.len(), chosen.len()), |(row, column)| {
                    features[row * chosen.len() + column]
                }),
                labels,
                feature_names: chosen.iter().map(|&column| names[column].to_owned()).collect(),
                class_names,
                held_out: None,
            }),
        }
    }
}

fn check_names(file: &str, names: &StringRecord) -> Result<(), DataError> {
    if names.is_empty() {
        return Err(DataError::Empty { file: file.to_owned() });
    }
    let mut seen = HashSet::new();
    match names.iter().position(|name| name.is_empty() || !seen.insert(name)) {
        None => Ok(()),
        Some(at) => Err(DataError::ColumnName {
            file: file.to_owned(),
            column: at + 1,
            name: names[at].to_owned(),
        }),
    }
}

fn label_column(file: &str, names: &StringRecord, label: Option<&str>) -> Result<usize, DataError> {
    let Some(column) =
        label.map_or(names.len().checked_sub(1), |label| names.iter().position(|it| it == label))
    else {
        return Err(DataError::NoLabel {
            file: file.to_owned(),
            label: label.unwrap_or_default().to_owned(),
            columns: names.iter().collect::<Vec<_>>().join(", "),
        });
    };
    if names.len() == 1 {
        let label = names[column].to_owned();
        return Err(DataError::NoFeatures { file: file.to_owned(), label });
    }
    Ok(column)
}

/// The numbers of the feature columns.
fn feature_columns(
    file: &str,
    names: &StringRecord,
    label: usize,
    asked: Option<&[String]>,
) -> Result<Vec<usize>, DataError> {
    let Some(asked) = asked else {
        return Ok((0..names.len()).filter(|&column| column != label).collect());
    };
    let mut chosen = Vec::with_capacity(asked.len());
    for feature in asked {
        let column = names.iter().position(|it| it == feature);
        match column.filter(|&it| it != label && !chosen.contains(&it)) {
            Some(column) => chosen.push(column),
            None => {
                let others = names.iter().enumerate().filter(|it| it.0 != label).map(|it| it.1);
                return Err(DataError::NoFeature {
                    file: file.to_owned(),
                    feature: feature.clone(),
                    columns: others.collect::<Vec<_>>().join(", "),
                });
            }
        }
    }
    if chosen.is_empty() {
        let label = names[label].to_owned();
        return Err(DataError::FeaturesEmpty { file: file.to_owned(), label });
    }
    Ok(chosen)
}

/// The number of a class, which gets one when it is new.
fn class(name: &str, known: &mut Vec<String>) -> usize {
    known.iter().position(|it| it == name).unwrap_or_else(|| {
        known.push(name.to_owned());
        known.len() - 1
    })
}

fn number(file: &str, line: u64, column: &str, field: &str) -> Result<f32, DataError> {
    match field.parse::<f32>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(DataError::NotANumber {
            file: file.to_owned(),
            line,
            column: column.to_owned(),
            found: field.to_owned(),
        }),
    }
}

fn refused(file: &str, error: &csv::Error) -> DataError {
    let file = file.to_owned();
    match error.kind() {
        ErrorKind::UnequalLengths { pos, expected_len, len } => DataError::Columns {
            file,
            line: pos.as_ref().map_or(0, |it| it.line()),
            expected: *expected_len,
            found: *len,
        },
        _ => DataError::NotCsv { file, reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn refusal(text: &str) -> String {
        DataSet::from_csv("a.csv", text, Some("kind")).unwrap_err().to_string()
    }

    #[test]
    fn the_label_may_be_any_named_column() {
        let data = DataSet::from_csv("a.csv", "x,kind,y\n1,b,2\n 3, a ,4\n5,b,6\n", Some("kind"));
        let expected = DataSet {
            features: array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
            labels: vec![0, 1, 0],
            feature_names: vec!["x".into(), "y".into()],
            class_names: vec!["b".into(), "a".into()],
            held_out: None,
        };
        assert_eq!(data, Ok(expected));
    }

    #[test]
    fn the_label_is_the_last_column_unless_it_is_named() {
        let data = DataSet::from_csv("a.csv", "x,y\r\n1,0\r\n2,1\r\n", None).unwrap();
        assert_eq!((data.labels, data.class_names), (vec![0, 1], vec!["0".into(), "1".into()]));
    }

    #[test]
    fn chosen_features_come_in_the_order_asked_and_other_columns_may_hold_words() {
        let text = "x,note,kind,y\n1,old,b,2\n3,new,a,4\n";
        let features = ["y".to_owned(), "x".to_owned()];
        let columns = Columns { label: Some("kind"), features: Some(&features) };
        let data = DataSet::from_csv_columns("a.csv", text, columns).unwrap();
        assert_eq!(data.features, array![[2.0, 1.0], [4.0, 3.0]]);
        assert_eq!(data.feature_names, features);
        assert_eq!(data.class_names, ["b", "a"]);
    }

    #[test]
    fn features_that_cannot_be_chosen_are_refused_by_name() {
        let refusal = |features: &[&str]| {
            let features: Vec<_> = features.iter().map(|&it| it.to_owned()).collect();
            let columns = Columns { label: Some("kind"), features: Some(&features) };
            let read = DataSet::from_csv_columns("a.csv", "x,kind,y\n1,b,2\n3,a,4\n", columns);
            read.unwrap_err().to_string()
        };
        for (features, found) in [(&["z"][..], "z"), (&["x", "x"], "x"), (&["kind"], "kind")] {
            let expected = format!(
                "a.csv:1: \"{found}\" cannot be chosen as a feature: expected each of these at most \
                 once: x, y"
            );
            assert_eq!(refusal(features), expected);
        }
        assert_eq!(
            refusal(&[]),
            "a.csv:1: no feature is chosen: expected at least one column beside \"kind\""
        );
    }

    #[test]
    fn what_is_not_accepted_is_refused_with_line_and_column() {
        let refusals = [
            (
                "x,kind\n1,a\nhigh,b\n",
                "a.csv:3: column \"x\" holds \"high\": expected a finite number",
            ),
            (
                "x,kind\nNaN,a\n1,b\n",
                "a.csv:2: column \"x\" holds \"NaN\": expected a finite number",
            ),
            ("x,kind\n1e99,a\n", "a.csv:2: column \"x\" holds \"1e99\": expected a finite number"),
            ("x,kind\n,a\n1,b\n", "a.csv:2: column \"x\" holds \"\": expected a finite number"),
            ("x,kind\n1,a\n2\n", "a.csv:3: 1 columns, but the first line names 2"),
            ("x,kind\n1,a,7\n", "a.csv:2: 3 columns, but the first line names 2"),
            ("x,kind\n1,\n", "a.csv:2: column \"kind\" is empty: expected the name of a class"),
            ("x,y\n1,2\n", "a.csv:1: there is no column \"kind\"; the columns are x, y"),
            ("kind\na\nb\n", "a.csv:1: \"kind\" is the only column: expected features beside it"),
            (
                "x,x,kind\n1,2,a\n",
                "a.csv:1: column 2 is named \"x\": names must be there and differ",
            ),
            (
                "x,kind\n1,a\n2,a\n",
                "a.csv: column \"kind\" holds only \"a\": expected at least two classes",
            ),
            ("", "a.csv has no rows: expected a line of column names and at least one row"),
            ("x,kind\n", "a.csv has no rows: expected a line of column names and at least one row"),
        ];
        for (text, expected) in refusals {
            assert_eq!(refusal(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_file_cut_off_anywhere_within_a_row_is_refused() {
        let whole = "x,kind\n1.25,setosa\n2.5,virginica\n";
        for end in 0..whole.len() {
            let read = DataSet::from_csv("a.csv", &whole[..end], Some("kind"));
            assert!(read.is_err(), "{:?} was read", &whole[..end]);
        }
        assert_eq!(
            refusal("x,kind\n1.25,setosa\n2.5,virgin"),
            "a.csv:3: the last line does not end with a line feed, so the file may be truncated; \
             add one if it is whole"
        );
    }
}
