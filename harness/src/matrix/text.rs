//! The matrix as a text that a reviewer can read line by line.

use super::{Matrix, Relation, Standing, endpoints};
use std::fmt;

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<20}", "")?;
        for standing in Standing::ALL {
            write!(f, " {:>10}", standing.name())?;
        }
        writeln!(f)?;
        for endpoint in endpoints() {
            writeln!(f, "{} {}", endpoint.method, endpoint.path)?;
            for relation in Relation::ALL {
                let row = Standing::ALL
                    .map(|standing| self.cells.get(&(endpoint, relation, standing)).copied().flatten());
                if row.iter().all(Option::is_none) {
                    continue;
                }
                write!(f, "  {:<18}", relation.name())?;
                for status in row {
                    match status {
                        Some(status) => write!(f, " {status:>10}")?,
                        None => write!(f, " {:>10}", "-")?,
                    }
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

impl Matrix {
    /// Where this text differs from a reviewed one, each line with its endpoint: `-` as it was reviewed, `+` as it is.
    #[must_use]
    pub fn differences(&self, reviewed: &str) -> Vec<String> {
        let own = self.to_string();
        let (own, reviewed) = (with_endpoints(&own), with_endpoints(reviewed));
        let gone = reviewed.iter().filter(|line| !own.contains(line));
        let new = own.iter().filter(|line| !reviewed.contains(line));
        let gone = gone.map(|(endpoint, line)| format!("- {endpoint}{line}"));
        gone.chain(new.map(|(endpoint, line)| format!("+ {endpoint}{line}"))).collect()
    }
}

/// Each line with the endpoint that it stands under. What ended on its day is no difference: its lines go when its row
/// goes.
fn with_endpoints(text: &str) -> Vec<(&str, &str)> {
    let over: Vec<String> = endpoints()
        .iter()
        .filter(|endpoint| endpoint.over)
        .map(|endpoint| format!("{} {}", endpoint.method, endpoint.path))
        .collect();
    let mut endpoint = "";
    text.lines()
        .map(|line| {
            if !line.starts_with(' ') {
                endpoint = line;
                return (line, "");
            }
            (endpoint, line)
        })
        .filter(|(endpoint, _)| !over.iter().any(|gone| gone == endpoint))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::matrix::Matrix;

    #[test]
    fn a_new_endpoint_is_no_difference_for_those_after_it() {
        let matrix = Matrix::default();
        let text = matrix.to_string();
        assert!(matrix.differences(&text).is_empty());
        let gone = text.lines().nth(3).unwrap();
        let rest: Vec<&str> = text.lines().filter(|line| *line != gone).collect();
        assert_eq!(matrix.differences(&rest.join("\n")), [format!("+ {gone}")]);
    }
}
